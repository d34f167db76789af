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

/** @throws TypeError unless all leaves are tensors with their data */
export function checkTensors(what: string, tree: TensorTree): void {
  for (const [path, leaf] of treeEntries<tf.Tensor>(tree))
    checkTensor(path === '' ? what : `${what} ${path}`, leaf);
}

/** @throws TypeError unless `leaf` is a tensor with its data */
function checkTensor(what: string, leaf: unknown): void {
  const { shape, dtype, isDisposed } = (leaf ?? {}) as Partial<tf.Tensor>;
  if (!Array.isArray(shape) || typeof dtype !== 'string' || isDisposed === undefined) {
    const fix = typeof leaf === 'number' || typeof leaf === 'boolean' ? '; tf.scalar(…) makes one' : '';
    throw new TypeError(`${what} must be a tensor, got ${leaf === null ? 'null' : typeof leaf}${fix}`);
  }
  if (isDisposed) throw new Error(`${what} must be a tensor with its data, got a disposed one`);
}

/** Makes sure that what a step returns can be its next state. */
export function checkResult(
  result: unknown,
  state: TensorTree,
): asserts result is { state: TensorTree; outputs: TensorTree } {
  const { state: next, outputs } = (result ?? {}) as { state?: TensorTree; outputs?: TensorTree };
  if (next === undefined || outputs === undefined) {
    throw new TypeError(`jit: a step must return { state, outputs }, got ${resultText(result)}`);
  }
  checkAlike('jit: the state that a step returns', state, next);
  checkTensors('jit: output', outputs);
}

function resultText(result: unknown): string {
  if (result === undefined || result === null) return 'nothing';
  if (typeof result !== 'object') return `a ${typeof result}`;
  if ('dataSync' in result) return 'a tensor';
  if ('then' in result) return 'a promise; a step is not asynchronous';
  return `{ ${Object.keys(result).join(', ')} }`;
}

/** Paths, dtypes and shapes of a tree's leaves as one text. */
export function formOf(tree: TensorTree): string {
  return treeEntries<tf.Tensor>(tree).map(leafText).join();
}

function leafText([path, { dtype, shape }]: [string, tf.Tensor]): string {
  return `${path === '' ? '' : `${path} `}${typeText({ dtype, shape } as TensorType)}`;
}
