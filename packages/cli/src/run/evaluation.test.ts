import { createRng } from '@immiscible/core';
import { frechetDistance, statistics, valueFeatures } from '@immiscible/metrics-fid';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { tinyConfig } from '../../test/cli.js';
import { createEvaluator } from './evaluation.js';
import type { Parts } from './parts.js';

const COUNT = 40;
const pixels = createRng(1).fillNormal(new Float32Array(COUNT * 2));
const images = (start: number, end: number) =>
  ndarray(pixels.subarray(2 * start, 2 * end), [end - start, 1, 2, 1]);

function evaluatorOf(referenceImages?: number) {
  const config = tinyConfig();
  const evaluation = {
    ...config.evaluation,
    samples: 10,
    ...(referenceImages !== undefined && { referenceImages }),
  };
  const { referenceImages: _tiny, ...all } = evaluation;
  const parts = {
    config: { ...config, evaluation: referenceImages === undefined ? all : evaluation },
    dataset: { shape: [COUNT, 1, 2, 1], images },
    extractor: valueFeatures([1, 2, 1]),
    sampleRng: createRng(0).split('sample'),
  } as unknown as Parts;
  return createEvaluator(parts, new AbortController().signal);
}

test('the floor is that of as many real images as there are samples, and says of how many', async () => {
  const { floor, floorOf } = await evaluatorOf();
  expect(floor.n).toBe(10);
  expect(floorOf(10)).toEqual(floor);
  expect(floorOf(4).n).toBe(4);
  expect(floorOf(4).value).not.toBe(floor.value);
  // No more than half: the rest is what they are compared with.
  expect(floorOf(1000)).toEqual(floorOf(20));
  expect(floorOf(1000).n).toBe(20);
  // The first n of a permutation against the rest.
  const order = createRng(0).split('sample').split('floor').permutation(COUNT);
  const [some, rest] = [order.slice(0, 4), order.slice(4)].map((rows) => {
    const values = Float32Array.from(
      [...rows].flatMap((row) => [pixels[2 * row], pixels[2 * row + 1]] as number[]),
    );
    return statistics(2)
      .update(ndarray(values, [rows.length, 2]))
      .finish();
  });
  expect(floorOf(4).value).toBeCloseTo(frechetDistance(some!, rest!), 12);
});

test('with fewer reference images than there are, they are drawn from all of them', async () => {
  const { reference } = await evaluatorOf(10);
  expect(reference.n).toBe(10);
  const first = statistics(2)
    .update(ndarray(pixels.slice(0, 20), [10, 2]))
    .finish();
  expect(frechetDistance(reference, first)).toBeGreaterThan(1e-6);
});
