import { treeLeaves } from '@immiscible/core';
import type { TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { cloneTree } from './eager.js';
import type { NativeBackend } from './native-backend.js';
import { idsOf, treeOf } from './native-trees.js';
import type { Program } from './program.js';

/** The state of a compiled step between its runs: in the program that ran last; before the first, and after a write, in tensors. */
export interface KeptState<S extends TensorTree> {
  /** Hands the state to the program that is about to run. */
  moveInto(program: Program): void;
  /** Takes the state out of a program that is about to be closed. */
  takeFrom(program: Program): void;
  /** Tensors that are the caller's. */
  read(): S;
  /** Takes copies. */
  write(next: S): void;
  dispose(): void;
}

/**
 * Keeps copies of the first state until a program runs.
 *
 * @param form - shapes and types of the state
 */
export function keepState<S extends TensorTree>(backend: NativeBackend, form: S, initial: S): KeptState<S> {
  let holder: Program | undefined;
  let waiting: S | undefined = kept(cloneTree(initial));
  const setWaiting = (next: S | undefined) => {
    if (waiting) tf.dispose(treeLeaves<tf.Tensor>(waiting));
    waiting = next;
  };
  const fetch = () => {
    if (!holder) return;
    waiting = kept(treeOf<S>(backend, form, holder.read()));
    holder = undefined;
  };
  return {
    moveInto(program) {
      if (holder === program) return;
      fetch();
      program.write(idsOf(backend, waiting as S));
      holder = program;
      setWaiting(undefined);
    },
    takeFrom(program) {
      if (holder === program) fetch();
    },
    read: () => (holder ? treeOf<S>(backend, form, holder.read()) : cloneTree(waiting as S)),
    write(next) {
      setWaiting(kept(cloneTree(next)));
      holder = undefined;
    },
    dispose() {
      setWaiting(undefined);
      holder = undefined;
    },
  };
}

/** The same tensors, out of reach of any `tf.tidy`. */
function kept<T extends TensorTree>(tree: T): T {
  for (const tensor of treeLeaves<tf.Tensor>(tree)) tf.keep(tensor);
  return tree;
}
