import { createRng } from '@immiscible/core';
import { eightGaussians, type PointSampler, swissRoll, twoMoons } from '@immiscible/datasets';
import ndarray from 'ndarray';

/** Standard deviation of a coordinate, as of images in [−1, 1]. */
export const SPREAD = 0.5;
/** Points that center and size are taken from. */
const SAMPLE = 20_000;

const raw: { readonly [name: string]: PointSampler } = {
  'eight Gaussians': eightGaussians(),
  'two moons': twoMoons(),
  'Swiss roll': swissRoll(),
};

/** Sets of points in the plane, centered and of one size. */
export const toySets: { readonly [name: string]: PointSampler } = Object.fromEntries(
  Object.entries(raw).map(([name, sample]) => [name, standardized(sample)]),
);

function standardized(sample: PointSampler): PointSampler {
  const { data } = sample(SAMPLE, createRng(0).split('standardized'));
  const center = [0, 1].map((d) => data.filter((_, k) => k % 2 === d).reduce((a, b) => a + b, 0) / SAMPLE);
  const squares = data.reduce((sum, value, k) => sum + (value - (center[k % 2] as number)) ** 2, 0);
  const scale = SPREAD / Math.sqrt(squares / data.length);
  return (count, rng) => {
    const points = sample(count, rng);
    return ndarray(
      points.data.map((value, k) => scale * (value - (center[k % 2] as number))),
      [count, 2],
    );
  };
}
