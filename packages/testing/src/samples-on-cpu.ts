import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { SelectBackend } from './available-backends.js';
import { largestDifference } from './convergence.js';

/** How a backend is compared with `cpu`. */
export interface CpuComparison {
  /** The one that is in use, and is so again afterwards. */
  readonly backend: 'native' | 'wasm' | 'cpu';
  /** `selectBackend` of `@immiscible/backend` */
  readonly select: SelectBackend;
}

/**
 * Fails the test if samplers draw other images on a backend than on `cpu`, or keep a tensor.
 *
 * @param draw - draws by all samplers of a package
 * @param comparison - of which backend
 */
export async function expectSamplesAsOnCpu(
  draw: () => Promise<readonly number[]>,
  { backend, select }: CpuComparison,
): Promise<void> {
  const before = tf.memory().numTensors;
  const images = await draw();
  expect(tf.memory().numTensors).toBe(before);
  await select({ backend: 'cpu' });
  const expected = await draw();
  await select({ backend });
  expect(images).toHaveLength(expected.length);
  expect(largestDifference(images, expected)).toBeLessThan(1e-5);
}
