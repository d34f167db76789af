import {
  type BatchTransform,
  check,
  checkInteger,
  checkOptions,
  checkRng,
  describe,
  type Images,
  type OptionKeys,
  type Rng,
} from '@immiscible/core';
import ndarray from 'ndarray';
import { applied, checkTransform, readArray } from './batch-checks.js';

/** Options of {@link miscibility}. */
export interface MiscibilityOptions {
  /** How many noises each image gets. The paper's figures fit about 7,000 to 10,000. */
  readonly rounds: number;
}

/** How far apart the noises of different images are. */
export interface Miscibility {
  /**
   * Mean distance between the mean noises of two images, `mean_{i<j} ‖μ_i − μ_j‖`: the follow-up paper's figure. Independent noise doesn't
   * give 0: means of so many draws differ.
   */
  readonly distance: number;
  /** What independent noise gives: √(2·D/rounds), to within a share of 1/(4D). */
  readonly chance: number;
  /**
   * The same without chance, `√(mean_{i<j} ‖μ_i − μ_j‖² − chance part)`, the chance part from the noises' own spread: 0 for independent noise,
   * and the same for any number of rounds. NaN where chance is the larger one.
   */
  readonly separation: number;
}

/**
 * The follow-up paper's measure of miscibility: couple the same images with fresh noise again and again, and see how far the images'
 * mean noises lie from each other. Large is immiscible.
 *
 * @param transform - the coupling
 * @param images - a batch as the transform gets it; B ≥ 2
 * @param rng - round r draws its noise from the stream noise/r, and couples with transform/r
 * @param options - how many rounds
 * @returns in units of the noise's standard deviation
 * @throws RangeError for fewer than two images or rounds
 * @see Improved Immiscible Diffusion 2025, section on miscibility (arXiv:2505.18521): vanilla 0.92, assignment 4.11, nearest noise 2.17
 */
export async function miscibility(
  transform: BatchTransform,
  images: Images,
  rng: Rng,
  options: MiscibilityOptions,
): Promise<Miscibility> {
  const fn = 'miscibility';
  checkOptions(fn, options, { rounds: true } satisfies OptionKeys<MiscibilityOptions>);
  const { rounds } = options;
  checkInteger(fn, 'rounds', rounds, 2);
  checkTransform(fn, transform);
  checkRng(fn, rng);
  if (typeof images !== 'object' || images === null || 'shape' in images) {
    throw new TypeError(`${fn}: images must be { x0 }, with labels or not, got ${describe(images)}`);
  }
  const x0 = readArray(fn, 'x0', images.x0);
  const { shape, size } = x0;
  const count = shape[0] as number;
  check(count >= 2, fn, 'images', 'at least two', count);
  const dimensions = size / count;
  // Counted from the first round's noises, so that a mean far from 0 wouldn't drown their spread.
  let first: Float32Array | undefined;
  const sums = new Float64Array(size);
  const squares = new Float64Array(count);
  for (let r = 0; r < rounds; r++) {
    const noise = rng.split('noise').split(r).fillNormal(new Float32Array(size));
    const batch = { ...images, x0, noise: ndarray(noise, [...shape]) };
    const { data } = (await applied(fn, transform, batch, rng.split('transform').split(r))).noise;
    const from = (first ??= data.slice());
    for (let i = 0; i < count; i++) {
      let square = 0;
      for (let p = i * dimensions; p < (i + 1) * dimensions; p++) {
        const n = (data[p] as number) - (from[p] as number);
        (sums[p] as number) += n;
        square += n * n;
      }
      (squares[i] as number) += square;
    }
  }
  const shifts = sums.map((sum) => sum / rounds);
  const means = shifts.map((shift, p) => shift + ((first as Float32Array)[p] as number));
  // Variance of a mean, over all dimensions, from the spread of what it is the mean of.
  const chances = squares.map((square, i) => {
    const mean = shifts.subarray(i * dimensions, (i + 1) * dimensions);
    const around = square - rounds * mean.reduce((sum, m) => sum + m * m, 0);
    return around / (rounds - 1) / rounds;
  });
  const { distance, beyond } = meanDistances(means, chances);
  return {
    distance,
    chance: Math.sqrt((2 * dimensions) / rounds),
    separation: Math.sqrt(beyond),
  };
}

/**
 * Mean over all pairs of images of the distance between their mean noises, and of what its square is beyond chance.
 *
 * @param means - `[B,D]`, row-major
 * @param chances - of each image, the variance of its mean over all dimensions
 */
function meanDistances(
  means: Float64Array,
  chances: Float64Array,
): { readonly distance: number; readonly beyond: number } {
  const count = chances.length;
  const dimensions = means.length / count;
  let [distance, beyond] = [0, 0];
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (let d = 0; d < dimensions; d++) {
        square += ((means[i * dimensions + d] as number) - (means[j * dimensions + d] as number)) ** 2;
      }
      distance += Math.sqrt(square);
      beyond += square - (chances[i] as number) - (chances[j] as number);
    }
  }
  const pairs = (count * (count - 1)) / 2;
  return { distance: distance / pairs, beyond: beyond / pairs };
}
