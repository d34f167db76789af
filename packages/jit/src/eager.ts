import { checkOptions, treeLeaves, treeMap } from '@immiscible/core';
import type { Jitted, Step, TensorTree } from '@immiscible/core/tensors';
import { checkAlike, checkTensors } from './check-tree.js';
import * as tf from '@tensorflow/tfjs-core';

/** Runs at once. */
export interface RunsSync<I extends TensorTree, O extends TensorTree> {
  /** `run` for callers that can't wait: the device may still be at work when it returns, as after any operation. */
  runSync(inputs: I): O;
}

/**
 * The plain way to run a step: operation by operation on the current backend, its state held as tensors. Keeps no
 * more tensors than the state has. The step is taken as it is, so it may look at values, which `jit` refuses: for debugging.
 *
 * @param step - pure; what it returns is new
 * @param initial - the first state; borrowed and copied
 * @example
 * const counter = eager((n: tf.Tensor, by: tf.Tensor) => ({ state: tf.add(n, by), outputs: [] }), { state: tf.scalar(0) });
 */
export function eager<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  initial: { readonly state: S },
): Jitted<S, I, O> & RunsSync<I, O> {
  checkOptions('eager', initial, { state: true }, 'the second argument');
  return runEagerly('eager', step, initial);
}

/** @param fn - what messages call it */
export function runEagerly<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  fn: string,
  step: Step<S, I, O>,
  initial: { readonly state: S },
): Jitted<S, I, O> & RunsSync<I, O> {
  checkTensors(`${fn}: state`, initial.state);
  let state: S | undefined = cloneTree(initial.state);
  const current = (method: string): S => {
    if (state === undefined) throw new Error(`${fn}: ${method} must come before dispose`);
    return state;
  };
  const replace = (next: S | undefined) => {
    if (state !== undefined) tf.dispose(treeLeaves<tf.Tensor>(state));
    state = next;
  };
  const runSync = (inputs: I): O => {
    const before = current('run');
    const { after, outputs } = tidy(() => {
      const result = step(before, inputs);
      // A step should return new tensors. Where one comes back as it was, or twice, each owner gets its own handle.
      const owned = new Set([...treeLeaves<tf.Tensor>(before), ...treeLeaves<tf.Tensor>(inputs)]);
      const own = (tensor: tf.Tensor) => {
        if (owned.has(tensor)) return tf.clone(tensor);
        owned.add(tensor);
        return tensor;
      };
      return { after: treeMap(result.state, own) as S, outputs: treeMap(result.outputs, own) as O };
    });
    replace(after);
    return outputs;
  };
  return {
    runSync,
    run: async (inputs) => runSync(inputs),
    async readState() {
      return cloneTree(current('readState'));
    },
    writeState(next) {
      checkAlike(`${fn}: writeState's state`, current('writeState'), next);
      replace(cloneTree(next));
    },
    dispose() {
      replace(undefined);
    },
  };
}

/** `tf.tidy` with a result of any tree type. */
function tidy<T>(body: () => T): T {
  return tf.tidy(body as () => tf.TensorContainer) as T;
}

/** Handles of one's own on the same data. */
export function cloneTree<S extends TensorTree>(state: S): S {
  return tidy(() => treeMap(state, (tensor) => tf.clone(tensor)) as S);
}
