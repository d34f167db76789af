import { check, checkInteger, checkOptions, checkRng, type Rng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';

/** Draws points: float32 `[count, D]`, contiguous. The same stream gives the same points. */
export type PointSampler = (count: number, rng: Rng) => NdArray<Float32Array>;

/** A sampler of points in the plane from one that writes a single point. */
function planar(fn: string, point: (rng: Rng) => readonly [x: number, y: number]): PointSampler {
  return (count, rng) => {
    checkInteger(fn, 'count', count, 1);
    checkRng(fn, rng);
    const out = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) out.set(point(rng), 2 * i);
    return ndarray(out, [count, 2]);
  };
}

function checkScale(fn: string, name: string, value: number): void {
  check(Number.isFinite(value) && value >= 0, fn, name, 'a finite number of at least 0', value);
}

/**
 * Eight isotropic Gaussians, equally likely, evenly spaced on a circle; the first on the positive x axis.
 *
 * @param options - sizes and noise
 * @param options.radius - of the circle; @defaultValue 2√2
 * @param options.std - of each Gaussian in each direction; @defaultValue 0.5/√2
 * @throws RangeError if an option is negative or not finite
 * @see Grathwohl et al. 2019, FFJORD (arXiv:1810.01367), whose figures use these sizes
 */
export function eightGaussians(
  options: { readonly radius?: number; readonly std?: number } = {},
): PointSampler {
  const fn = 'eightGaussians';
  checkOptions(fn, options, ['radius', 'std']);
  const { radius = 2 * Math.SQRT2, std = Math.SQRT1_2 / 2 } = options;
  checkScale(fn, 'radius', radius);
  checkScale(fn, 'std', std);
  return planar(fn, (rng) => {
    const angle = (Math.PI / 4) * rng.integer(0, 8);
    return [radius * Math.cos(angle) + std * rng.normal(), radius * Math.sin(angle) + std * rng.normal()];
  });
}

/**
 * Two half circles of radius 1 that reach into each other: the upper about (0, 0), the lower about (1, ½); then
 * Gaussian noise.
 *
 * @param options - sizes and noise
 * @param options.noise - its standard deviation; @defaultValue 0.1
 * @throws RangeError if it is negative or not finite
 * @see scikit-learn's `make_moons`, the same curves
 */
export function twoMoons(options: { readonly noise?: number } = {}): PointSampler {
  const fn = 'twoMoons';
  checkOptions(fn, options, ['noise']);
  const { noise = 0.1 } = options;
  checkScale(fn, 'noise', noise);
  return planar(fn, (rng) => {
    const upper = rng.integer(0, 2) === 0;
    const angle = Math.PI * rng.uniform();
    const x = upper ? Math.cos(angle) : 1 - Math.cos(angle);
    const y = upper ? Math.sin(angle) : 0.5 - Math.sin(angle);
    return [x + noise * rng.normal(), y + noise * rng.normal()];
  });
}

/**
 * A flat Swiss roll: `(t·cos t, t·sin t)/5 + noise` with t uniform in [1.5π, 4.5π].
 *
 * @param options - sizes and noise
 * @param options.noise - standard deviation of the noise after the scaling; @defaultValue 0.2
 * @throws RangeError if it is negative or not finite
 * @see scikit-learn's `make_swiss_roll` without its second coordinate
 */
export function swissRoll(options: { readonly noise?: number } = {}): PointSampler {
  const fn = 'swissRoll';
  checkOptions(fn, options, ['noise']);
  const { noise = 0.2 } = options;
  checkScale(fn, 'noise', noise);
  return planar(fn, (rng) => {
    const t = 1.5 * Math.PI * (1 + 2 * rng.uniform());
    return [(t * Math.cos(t)) / 5 + noise * rng.normal(), (t * Math.sin(t)) / 5 + noise * rng.normal()];
  });
}

/**
 * The uniform distribution on every other square of a board. Squares `[i, i+1) × [j, j+1)` times the cell size, the
 * board centered at 0; those with i + j even are filled.
 *
 * @param options - sizes and noise
 * @param options.squares - a side, even; @defaultValue 4
 * @param options.cell - side of a square; @defaultValue 2
 * @throws RangeError if `squares` is not an even integer of at least 2, or `cell` is negative or not finite
 */
export function checkerboard(
  options: { readonly squares?: number; readonly cell?: number } = {},
): PointSampler {
  const fn = 'checkerboard';
  checkOptions(fn, options, ['squares', 'cell']);
  const { squares = 4, cell = 2 } = options;
  checkInteger(fn, 'squares', squares, 2);
  check(squares % 2 === 0, fn, 'squares', 'even', squares);
  checkScale(fn, 'cell', cell);
  return planar(fn, (rng) => {
    const column = rng.integer(0, squares);
    const row = 2 * rng.integer(0, squares / 2) + (column % 2);
    return [cell * (column + rng.uniform() - squares / 2), cell * (row + rng.uniform() - squares / 2)];
  });
}

/**
 * Two spirals, one the other turned by 180°: `±(−t·cos t, t·sin t)/3 + noise`, t = 3π·√u, which spreads the points
 * about evenly along the curve.
 *
 * @param options - sizes and noise
 * @param options.noise - standard deviation; @defaultValue 0.1
 * @throws RangeError if it is negative or not finite
 * @see Grathwohl et al. 2019, FFJORD (arXiv:1810.01367)
 */
export function spirals(options: { readonly noise?: number } = {}): PointSampler {
  const fn = 'spirals';
  checkOptions(fn, options, ['noise']);
  const { noise = 0.1 } = options;
  checkScale(fn, 'noise', noise);
  return planar(fn, (rng) => {
    const t = 3 * Math.PI * Math.sqrt(rng.uniform());
    const r = (rng.integer(0, 2) === 0 ? t : -t) / 3;
    return [-r * Math.cos(t) + noise * rng.normal(), r * Math.sin(t) + noise * rng.normal()];
  });
}
