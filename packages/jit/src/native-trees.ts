import { treeEntries, treeFromEntries, treeLeaves } from '@immiscible/core';
import type { TensorTree } from '@immiscible/core/tensors';
import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, TensorMetadata } from './native-backend.js';

/** The native ids of a tree's leaves. */
export function idsOf(backend: NativeBackend, tree: TensorTree): number[] {
  return backend.getInputTensorIds(treeLeaves<tf.Tensor>(tree));
}

/** Native results as a tree like `like`; the tensors are the caller's. */
export function treeOf<T extends TensorTree>(
  backend: NativeBackend,
  like: TensorTree,
  results: readonly TensorMetadata[],
): T {
  const tensors = results.map((result) => backend.createOutputTensor(result));
  const paths = treeEntries(like).map(([path], i): [string, tf.Tensor] => [path, tensors[i] as tf.Tensor]);
  return treeFromEntries(like, new Map(paths)) as T;
}
