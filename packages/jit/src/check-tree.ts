import { treeEntries } from '@immiscible/core';
import type { TensorTree } from '@immiscible/core/tensors';
import type * as tf from '@tensorflow/tfjs-core';
import { type TensorType, typeText } from './graph.js';

/** @throws RangeError unless `next` has the structure, shapes and dtypes of `state` */
export function checkAlike(what: string, state: TensorTree, next: TensorTree): void {
  const expected = treeEntries<tf.Tensor>(state).map(leafText);
  const got = treeEntries<tf.Tensor>(next).map(([path, leaf]) => {
    checkTensor(`${what}, ${path},`, leaf);
    return leafText([path, leaf]);
  });
  const at = expected.findIndex((leaf, i) => leaf !== got[i]);
  if (at < 0 && got.length <= expected.length) return;
  const i = at < 0 ? expected.length : at;
  throw new RangeError(
    `${what} must be like the one given, with ${expected[i] ?? 'nothing more'}, got ${got[i] ?? 'nothing'}`,
  );
}

/** @throws TypeError unless `leaf` is a tensor with its data */
export function checkTensor(what: string, leaf: unknown): void {
  const { shape, dtype, isDisposed } = (leaf ?? {}) as Partial<tf.Tensor>;
  if (!Array.isArray(shape) || typeof dtype !== 'string' || isDisposed === undefined) {
    throw new TypeError(`${what} must be a tensor, got ${leaf === null ? 'null' : typeof leaf}`);
  }
  if (isDisposed) throw new Error(`${what} must be a tensor with its data, got a disposed one`);
}

function leafText([path, { dtype, shape }]: [string, tf.Tensor]): string {
  return `${path === '' ? '' : `${path} `}${typeText({ dtype, shape } as TensorType)}`;
}
