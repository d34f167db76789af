import type * as tf from '@tensorflow/tfjs-core';
import type { Tree } from './tree.js';

/** A tree whose leaves are tensors. */
export type TensorTree = Tree<tf.Tensor>;

/** A pure step on the device: what it returns is new, what it was given is borrowed. */
export type Step<S extends TensorTree, I extends TensorTree, O extends TensorTree> = (
  state: S,
  inputs: I,
) => { readonly state: S; readonly outputs: O };

/** A step with its state held inside, wherever that is fastest. */
export interface Jitted<S extends TensorTree, I extends TensorTree, O extends TensorTree> {
  /** One step. The inputs are borrowed; the outputs belong to the caller. */
  run(inputs: I): Promise<O>;
  /** A copy of the state; the caller owns it. */
  readState(): Promise<S>;
  /** Replaces the state by a copy of `state` (same structure, shapes and dtypes). */
  writeState(state: S): void;
  /** Frees the state and all else that is held; the last call. */
  dispose(): void;
}

/** Turns a step into a running one; takes over nothing, copies the initial state. */
export type Compile = <S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  initial: { readonly state: S },
) => Jitted<S, I, O>;
