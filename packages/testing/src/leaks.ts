import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Tensors that TF.js counts, and buffers that the backend holds: a kernel can leak the second without the first. */
function held(): { tensors: number; buffers: number } {
  return { tensors: tf.memory().numTensors, buffers: tf.engine().backend.numDataIds() };
}

/**
 * Fails the test if `body` leaves tensors or backend buffers behind. What it returns is disposed of first, so a
 * function that gives its result to the caller is no leak.
 *
 * @param body - what must leave nothing behind but its result
 */
export async function expectNoLeak(
  body: () => tf.TensorContainer | Promise<tf.TensorContainer>,
): Promise<void> {
  const before = held();
  tf.dispose(await body());
  expect(held(), 'tensors and buffers left behind').toEqual(before);
}
