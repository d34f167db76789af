import {
  check,
  checkInteger,
  checkOptions,
  checkRng,
  type OptionKeys,
  type Rng,
  rowMajor,
} from '@immiscible/core';
import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';
import type { FeatureExtractor } from './feature-extractor.js';
import { featureRows } from './features.js';

/** Options of {@link pathLength}. */
export interface PathLengthOptions {
  /** A deterministic map of noise, float32 `[N,Z]`, to images `[N,H,W,C]` in [−1, 1]: DDIM with η = 0, an ODE, or a GAN. */
  readonly generate: (noise: NdArray<Float32Array>) => Promise<NdArray<Float32Array>>;
  /** What the length is measured by, in squared distance of its features. */
  readonly extractor: FeatureExtractor;
  /** Z, numbers of noise an image is made of. */
  readonly size: number;
  /** Draws the noise. */
  readonly rng: Rng;
  /**
   * How many paths.
   * @defaultValue 1000
   */
  readonly samples?: number;
  /**
   * How far along the path the second image lies. Float32 noise has no room for steps below 1e-6.
   * @defaultValue 1e-4
   */
  readonly epsilon?: number;
  /**
   * Along the great circle, at the length of normal noise throughout, or straight.
   * @defaultValue `'slerp'`
   */
  readonly interpolation?: 'slerp' | 'lerp';
  /**
   * Percentiles outside of which lengths are left out.
   * @defaultValue [1, 99], StyleGAN's
   */
  readonly keep?: readonly [number, number];
  /**
   * Paths at a time.
   * @defaultValue 32
   */
  readonly batchSize?: number;
}

/** Relative distance of float32 numbers. */
const FLOAT32 = 2 ** -23;

/** What {@link pathLength} finds. */
export interface PathLength {
  /** The mean of the lengths that are kept. */
  readonly value: number;
  /** Standard deviation over the paths (divided by their number). */
  readonly std: number;
}

/**
 * Perceptual path length: how much an image changes, per squared step, where a path between two draws of noise begins.
 *
 * `mean of ‖f(G(z₀)) − f(G(z_ε))‖² / ε²`, `z_ε` the point at ε between z₀ and z₁, both standard normal.
 *
 * Published numbers are by LPIPS on VGG16: they compare with one by such an extractor only.
 *
 * @param options - generator, extractor and all else
 * @throws RangeError if an option is out of range, features aren't finite, or lie so far from 0 that float32 rounds their
 *   differences away
 * @see Karras et al. 2019, "A Style-Based Generator Architecture", §4.1 (arXiv:1812.04948)
 */
export async function pathLength(options: PathLengthOptions): Promise<PathLength> {
  const fn = 'pathLength';
  checkOptions(fn, options, {
    ...{ generate: true, extractor: true, size: true, rng: true, samples: true, epsilon: true },
    ...{ interpolation: true, keep: true, batchSize: true },
  } satisfies OptionKeys<PathLengthOptions>);
  const { generate, extractor, size, rng, samples = 1000, epsilon = 1e-4 } = options;
  const { interpolation = 'slerp', keep = [1, 99], batchSize = 32 } = options;
  checkRng(fn, rng);
  checkInteger(fn, 'size', size, 1);
  checkInteger(fn, 'samples', samples, 1);
  checkInteger(fn, 'batchSize', batchSize, 1);
  check(epsilon >= 1e-6 && epsilon < 1, fn, 'epsilon', 'in [1e-6, 1)', epsilon);
  check(['slerp', 'lerp'].includes(interpolation), fn, 'interpolation', 'slerp or lerp', interpolation);
  const [low, high] = keep;
  check(low >= 0 && low < high && high <= 100, fn, 'keep', 'two rising percentiles', `${low}, ${high}`);
  const lengths = new Float64Array(samples);
  /** Variance of the differences by the features' rounding: two of a uniform error ±½ ulp each. */
  let rounding = 0;
  for (let first = 0; first < samples; first += batchSize) {
    const count = Math.min(batchSize, samples - first);
    const images = await generate(pathStarts(rng, count, size, { epsilon, interpolation }));
    const pixels = rowMajor(fn, "generate's images", images);
    const features = await extractor.extract(ndarray(pixels, [...images.shape]));
    const { d, data } = featureRows(fn, 'features', features, 2 * count);
    const one = pixels.length / (2 * count);
    for (let i = 0; i < count; i++) {
      // Equal images have equal features: nothing was rounded away.
      const changed = pixels.subarray(i * one, (i + 1) * one).some((value, at) => {
        return value !== pixels[(count + i) * one + at];
      });
      for (let j = 0; j < d; j++) {
        const feature = data[i * d + j] as number;
        const difference = feature - (data[(count + i) * d + j] as number);
        lengths[first + i] = (lengths[first + i] as number) + (difference / epsilon) ** 2;
        if (changed && features.data instanceof Float32Array) rounding += (feature * FLOAT32) ** 2 / 6;
      }
    }
  }
  const total = lengths.reduce((sum, length) => sum + length, 0);
  check(
    rounding / epsilon ** 2 <= 0.01 * total,
    fn,
    'features',
    'near enough to 0 for float32 to hold their differences',
    `lengths of ${total / samples}, of which rounding may be ${rounding / epsilon ** 2 / samples}`,
    'take a larger epsilon, or features less their mean',
  );
  return momentsBetween(lengths, keep);
}

/** Mean and deviation of what lies between two percentiles. */
function momentsBetween(lengths: Float64Array, [low, high]: readonly [number, number]): PathLength {
  const sorted = lengths.slice().sort();
  const least = sorted[Math.floor((low / 100) * (lengths.length - 1))] as number;
  const most = sorted[Math.ceil((high / 100) * (lengths.length - 1))] as number;
  const kept = lengths.filter((length) => length >= least && length <= most);
  const value = kept.reduce((sum, length) => sum + length / kept.length, 0);
  const variance = kept.reduce((sum, length) => sum + (length - value) ** 2 / kept.length, 0);
  return { value, std: Math.sqrt(variance) };
}

/** Noise `[2·count,size]`: where paths begin, then where they are at ε. */
function pathStarts(
  rng: Rng,
  count: number,
  size: number,
  { epsilon, interpolation }: { readonly epsilon: number; readonly interpolation: 'slerp' | 'lerp' },
): NdArray<Float32Array> {
  const both = new Float32Array(2 * count * size);
  for (let i = 0; i < count; i++) {
    const [a, b] = [normals(rng, size), normals(rng, size)];
    both.set(a, i * size);
    both.set(between(a, b, epsilon, interpolation), (count + i) * size);
  }
  return ndarray(both, [2 * count, size]);
}

const normals = (rng: Rng, size: number) => Float64Array.from({ length: size }, () => rng.normal());

function between(a: Float64Array, b: Float64Array, at: number, how: 'slerp' | 'lerp'): Float64Array {
  if (how === 'lerp') return a.map((value, i) => value + at * ((b[i] as number) - value));
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
  const [lengthA, lengthB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  // In one dimension (or nearly parallel) there is no circle to follow.
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b) / (lengthA * lengthB))));
  const sine = Math.sin(angle);
  if (sine < 1e-6) return between(a, b, at, 'lerp');
  const [first, second] = [Math.sin((1 - at) * angle) / sine, Math.sin(at * angle) / sine];
  const length = lengthA + at * (lengthB - lengthA);
  return a.map((value, i) => length * (first * (value / lengthA) + second * ((b[i] as number) / lengthB)));
}
