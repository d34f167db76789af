import type { TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkTensors, formOf } from './check-tree.js';
import type { Program } from './program.js';

/** One recording. */
export interface Recording {
  readonly program: Program;
  readonly outputTree: TensorTree;
}

/** Recordings of a step, one for each form of its inputs; of too many the one that was used longest ago goes. */
export interface Recordings<I extends TensorTree> {
  /** The recording for inputs like these, made if there is none. */
  of(inputs: I): Recording;
  programs(): Program[];
  /** Closes all. */
  clear(): void;
}

export interface RecordingsOptions<I extends TensorTree> {
  /** How many are kept. */
  readonly most: number;
  /** Records the step; what it gives opens the recording, once there is room for it. */
  record(inputs: I): () => Recording;
  /** Called with a program before it is closed for another's sake. */
  leave(program: Program): void;
}

/** No recordings yet. */
export function keepRecordings<I extends TensorTree>(options: RecordingsOptions<I>): Recordings<I> {
  const { most, record, leave } = options;
  // The oldest used first.
  const kept = new Map<string, Recording>();
  let hasWarned = false;
  const evict = () => {
    const [key, { program }] = [...kept][0] as [string, Recording];
    leave(program);
    kept.delete(key);
    program.close();
    if (hasWarned) return;
    hasWarned = true;
    tf.backend_util.warn(
      `jit: a step should get inputs of a few shapes only, got more than ${most}: each is recorded anew, ` +
        'which takes seconds; pad the inputs, or raise maxRecordings',
    );
  };
  return {
    of(inputs) {
      checkTensors('jit: input', inputs);
      const key = formOf(inputs);
      let recording = kept.get(key);
      if (recording) {
        if (kept.size > 1) kept.delete(key);
      } else {
        const open = record(inputs);
        if (kept.size >= most) evict();
        recording = open();
      }
      kept.set(key, recording);
      return recording;
    },
    programs: () => [...kept.values()].map(({ program }) => program),
    clear() {
      for (const { program } of kept.values()) program.close();
      kept.clear();
    },
  };
}
