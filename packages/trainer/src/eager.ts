import { type Jitted, type Step, treeEntries, treeLeaves, treeMap, type TensorTree } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The plain way to run a step: operation by operation on the current backend, its state held as tensors. Keeps no
 * more tensors than the state has.
 *
 * @example
 * const counter = eager((n: tf.Tensor, by: tf.Tensor) => ({ state: tf.add(n, by), outputs: [] }), { state: tf.scalar(0) });
 */
export function eager<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  initial: { readonly state: S },
): Jitted<S, I, O> {
  let state: S | undefined = copy(initial.state);
  const current = (method: string): S => {
    if (state === undefined) throw new Error(`eager: ${method} must come before dispose`);
    return state;
  };
  const replace = (next: S | undefined) => {
    if (state !== undefined) tf.dispose(treeLeaves<tf.Tensor>(state));
    state = next;
  };
  return {
    async run(inputs) {
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
    },
    async readState() {
      return copy(current('readState'));
    },
    writeState(next) {
      checkAlike(current('writeState'), next);
      replace(copy(next));
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

function copy<S extends TensorTree>(state: S): S {
  return tidy(() => treeMap(state, (tensor) => tf.clone(tensor)) as S);
}

function checkAlike(state: TensorTree, next: TensorTree): void {
  const form = (tree: TensorTree) =>
    treeEntries<tf.Tensor>(tree).map(([path, { shape, dtype }]) => `${path} ${dtype} [${shape.join(',')}]`);
  const expected = form(state);
  const got = form(next);
  const i = expected.findIndex((leaf, k) => leaf !== got[k]);
  if (i >= 0 || got.length > expected.length) {
    const at = i >= 0 ? i : expected.length;
    throw new RangeError(
      `eager: writeState's state must be like the one held, with ${expected[at] ?? 'nothing more'}, got ${got[at] ?? 'nothing'}`,
    );
  }
}
