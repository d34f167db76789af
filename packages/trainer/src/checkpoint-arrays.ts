import { check, treeEntries, treeFromEntries } from '@immiscible/core';
import { type SafetensorsEntry } from '@immiscible/formats';
import type { Params, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint } from './checkpoint.js';

const DTYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;
const TENSOR_DTYPES = { F32: 'float32', I32: 'int32', BOOL: 'bool' } as const;

/** Downloads a state's tensors: host arrays by path. */
export async function downloadState(state: TensorTree): Promise<Record<string, SafetensorsEntry>> {
  const arrays: Record<string, SafetensorsEntry> = {};
  for (const [path, tensor] of treeEntries<tf.Tensor>(state)) {
    const dtype = DTYPES[tensor.dtype as keyof typeof DTYPES];
    if (dtype === undefined) {
      throw new TypeError(`train: ${path} must be of dtype float32, int32 or bool, got ${tensor.dtype}`);
    }
    // A copy: some backends give out the tensor's own memory.
    const data = (await tensor.data()).slice();
    arrays[path] = { dtype, shape: [...tensor.shape], data } as SafetensorsEntry;
  }
  return arrays;
}

/**
 * The state that a checkpoint holds, as tensors.
 *
 * @param like - a state of the same structure; borrowed
 * @returns owned by the caller
 * @throws RangeError if a path, shape or dtype differs from `like`'s
 */
export function uploadState<S extends TensorTree>(checkpoint: Checkpoint, like: S): S {
  const expected = new Map(treeEntries<tf.Tensor>(like));
  for (const path of new Set([...expected.keys(), ...Object.keys(checkpoint.arrays)])) {
    const tensor = expected.get(path);
    const entry = checkpoint.arrays[path];
    check(
      form(entry) ===
        form(tensor && { dtype: DTYPES[tensor.dtype as keyof typeof DTYPES], shape: tensor.shape }),
      'train',
      `start.arrays["${path}"]`,
      tensor
        ? `${tensor.dtype} of shape [${tensor.shape.join(',')}] as in this run`
        : 'absent as in this run',
      entry ? `${entry.dtype} of shape [${entry.shape.join(',')}]` : undefined,
      'resume with the model, optimizer and averages that the checkpoint was made with',
    );
  }
  return treeFromEntries(like, new Map(Object.entries(uploadArrays(checkpoint.arrays)))) as S;
}

/** Path of the first array of weights or averages that holds NaN or an infinity, if any does. */
export function nonFiniteArray({ arrays }: Pick<Checkpoint, 'arrays'>): string | undefined {
  return Object.keys(arrays).find((path) => {
    const { dtype, data } = arrays[path] as SafetensorsEntry;
    return !path.startsWith('optimizer/') && dtype === 'F32' && !data.every(Number.isFinite);
  });
}

/**
 * The weights in a checkpoint, to sample from or to start another run with.
 *
 * @param checkpoint - as a store gives it; borrowed
 * @param part - the weights themselves or their running average
 * @returns owned by the caller
 * @throws RangeError if the checkpoint has no such part
 */
export function checkpointParams(checkpoint: Checkpoint, part: 'params' | 'ema'): Params {
  const prefix = `${part}/`;
  const arrays = Object.entries(checkpoint.arrays)
    .filter(([path]) => path.startsWith(prefix))
    .map(([path, entry]) => [path.slice(prefix.length), entry] as const);
  check(arrays.length > 0, 'checkpointParams', 'part', 'one that the checkpoint has', part);
  return uploadArrays(Object.fromEntries(arrays));
}

function uploadArrays(arrays: Readonly<Record<string, SafetensorsEntry>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([path, { dtype, shape, data }]) => {
      const kind = TENSOR_DTYPES[dtype as keyof typeof TENSOR_DTYPES];
      check(kind !== undefined, 'train', `start.arrays["${path}"].dtype`, 'F32, I32 or BOOL', dtype);
      return [path, tf.tensor(data.slice() as Float32Array | Int32Array | Uint8Array, [...shape], kind)];
    }),
  );
}

function form(entry: { dtype: string; shape: readonly number[] } | undefined): string {
  return entry ? `${entry.dtype} ${entry.shape.join()}` : 'none';
}
