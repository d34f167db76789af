import { createRng, type Rng } from '@immiscible/core';
import { frechetDistance, statistics } from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';
import { expect, test } from 'vitest';
import { logRatioError } from './jackknife.js';

const N = 400;
const D = 2;

/** Two sets of features that begin at the same noise: `shift + noise` and `2·shift + 1.2·noise + own noise`. */
function pair(rng: Rng): [NdArray<Float32Array>, NdArray<Float32Array>] {
  const noise = rng.fillNormal(new Float32Array(N * D));
  const own = rng.fillNormal(new Float32Array(N * D));
  return [
    ndarray(
      noise.map((value) => 1 + value),
      [N, D],
    ),
    ndarray(
      noise.map((value, i) => 2 + 1.2 * value + 0.3 * (own[i] as number)),
      [N, D],
    ),
  ];
}

const reference = statistics(D)
  .update(ndarray(createRng(9).fillNormal(new Float32Array(20_000 * D)), [20_000, D]))
  .finish();
const distance = (features: NdArray<Float32Array>) =>
  frechetDistance(statistics(D).update(features).finish(), reference);

test('the error that one set of samples tells is the spread over many sets', () => {
  const rng = createRng(0);
  const sets = Array.from({ length: 200 }, (_, i) => pair(rng.split(i)));
  const ratios = sets.map(([a, b]) => Math.log(distance(b) / distance(a)));
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const spread = Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (ratios.length - 1));
  const told = sets.slice(0, 50).map(([a, b]) => logRatioError(a, b, reference) as number);
  const typical = told.reduce((sum, error) => sum + error, 0) / told.length;
  // 200 sets know the spread to 5 %, 50 jackknives of 20 groups their mean to 2 %.
  expect(typical / spread).toBeGreaterThan(0.8);
  expect(typical / spread).toBeLessThan(1.25);
});

test('samples that are the same have no error in their ratio', () => {
  const [a] = pair(createRng(1));
  expect(logRatioError(a, a, reference)).toBe(0);
});

test('too few samples tell nothing', () => {
  const few = ndarray(new Float32Array(30 * D), [30, D]);
  expect(logRatioError(few, few, reference)).toBeNull();
});
