import { check } from '@immiscible/core';
import type { NdArray } from 'ndarray';

/**
 * Sliced Wasserstein distance of order 2 between two sets of points in the plane:
 * `√(mean_θ 1/n Σ_i (a_(i)·θ − b_(i)·θ)²)`, both sets sorted along each of the directions, which are spread evenly over the half circle. A
 * mean over directions of what is exact in each: no randomness.
 *
 * @param a - float32 `[n,2]` or any shape of n·2 values; borrowed
 * @param b - the same number of points; borrowed
 * @param directions - 64 give a shift's distance to 12 digits
 * @throws RangeError if numbers of points differ
 * @see Bonneel et al. 2015, Sliced and Radon Wasserstein barycenters (doi:10.1007/s10851-014-0506-3)
 */
export function slicedWasserstein(
  a: NdArray<Float32Array>,
  b: NdArray<Float32Array>,
  directions = 64,
): number {
  const fn = 'slicedWasserstein';
  check(a.size > 0 && a.size % 2 === 0, fn, 'a', 'points in the plane', a.shape);
  check(b.size === a.size, fn, 'b', `of ${a.size / 2} points as a`, b.shape);
  let total = 0;
  for (let k = 0; k < directions; k++) {
    const angle = (Math.PI * (k + 0.5)) / directions;
    const [x, y] = [along(a.data, angle), along(b.data, angle)];
    for (let i = 0; i < x.length; i++) total += ((x[i] as number) - (y[i] as number)) ** 2;
  }
  return Math.sqrt(total / directions / (a.size / 2));
}

/** Coordinates along a direction, ascending. */
function along(points: Float32Array, angle: number): Float64Array {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Float64Array.from(
    { length: points.length / 2 },
    (_, i) => cos * (points[2 * i] as number) + sin * (points[2 * i + 1] as number),
  ).sort();
}
