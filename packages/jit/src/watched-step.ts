import type { Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkTensors, formOf } from './check-tree.js';
import { type Observation, observe } from './observe.js';
import type { Captured } from './origins.js';
import { keptError, ownDataError, unlikeError, unlikeResultError } from './refusals.js';

/** A step that is held to the rules of a recording, though it runs operation by operation. */
export interface WatchedStep<S extends TensorTree, I extends TensorTree, O extends TensorTree> {
  readonly step: Step<S, I, O>;
  /** Runs the step for what it does only, as recording it would. */
  check(state: S, inputs: I): void;
  dispose(): void;
}

/**
 * Watches a step where there is no graph to record: with inputs of each form it is run twice at first, and both runs must
 * agree; later runs may use no other tensors from outside. So a step is accepted, or refused in the same words, on every engine.
 */
export function watchStep<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
): WatchedStep<S, I, O> {
  const recordings = new Map<string, Captured>();

  /** Runs the step for what it does only. */
  const rehearse = (state: S, inputs: I, captured: Captured): Observation => {
    const before = tf.memory().numTensors;
    const observation = tf.tidy(() => {
      const { result: _, ...rest } = observe(step, state, inputs, { captured, fixed: false, log: true });
      // Through tidy as something that holds no tensors.
      return (() => rest) as unknown as tf.TensorContainer;
    }) as unknown as () => Observation;
    const kept = tf.memory().numTensors - before;
    if (kept > 0) throw keptError(kept);
    return observation();
  };
  /** Two runs that must agree, the second as `run` does it; afterwards the step counts as recorded. */
  const compareTwo = <T extends Observation>(state: S, inputs: I, run: (captured: Captured) => T): T => {
    const captured: Captured = new Map();
    const first = rehearse(state, inputs, captured);
    const second = run(captured);
    checkSame(first, second);
    // Held as they are, as a graph would.
    for (const [dataId, tensor] of captured) captured.set(dataId, tf.keep(tf.clone(tensor)));
    recordings.set(formOf(inputs), captured);
    return second;
  };
  return {
    step(state, inputs) {
      checkTensors('jit: input', inputs);
      const captured = recordings.get(formOf(inputs));
      if (captured) return observe(step, state, inputs, { captured, fixed: true, log: false }).result;
      return compareTwo(state, inputs, (found) =>
        observe(step, state, inputs, { captured: found, fixed: true, log: true }),
      ).result;
    },
    check(state, inputs) {
      checkTensors('jit: input', inputs);
      compareTwo(state, inputs, (captured) => rehearse(state, inputs, captured));
    },
    dispose() {
      for (const captured of recordings.values()) tf.dispose([...captured.values()]);
      recordings.clear();
    },
  };
}

/** @throws Error if two runs of a step differ; names the first difference */
function checkSame(first: Observation, second: Observation): void {
  let operations = 0;
  for (let i = 0; i < Math.max(first.events.length, second.events.length); i++) {
    const [a, b] = [first.events[i], second.events[i]];
    if (a?.form !== b?.form) throw unlikeError(a?.text ?? 'nothing', b?.text ?? 'nothing', operations);
    if (a?.data === undefined) operations++;
    else if (a.data.checksum !== b?.data?.checksum) {
      const { name, type } = a.data;
      const user = first.events.slice(i).find(({ uses }) => uses.includes(name));
      if (user) throw ownDataError(type, user.text);
      if (first.returned.outputs.includes(name)) throw unlikeResultError('an output');
      if (first.returned.state.includes(name)) throw unlikeResultError('its next state');
    }
  }
  for (const [what, key] of [
    ['an output', 'outputs'],
    ['its next state', 'state'],
  ] as const) {
    if (first.returned[key].join() !== second.returned[key].join()) throw unlikeResultError(what);
  }
}
