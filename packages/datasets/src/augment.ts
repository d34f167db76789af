import { check, checkOptions, checkRng, type OptionKeys, type Rng, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type Affine, warpImage } from './warp.js';

/** Options of {@link augment}. */
export interface AugmentOptions {
  /** Each image takes a stream of its own from it; give another for each step. */
  readonly rng: Rng;
  /**
   * Of each kind but mirroring left to right, which is ½.
   * @defaultValue 0.12, EDM's for CIFAR-10
   */
  readonly probability?: number;
  /**
   * Mirror left to right, which takes a data set that allows it.
   * @defaultValue true
   */
  readonly flip?: boolean;
  /**
   * Mirror top to bottom as well.
   * @defaultValue true
   */
  readonly flipVertical?: boolean;
  /**
   * The deviation of a scale: the factor is its power with a normal exponent.
   * @defaultValue 2^0.2
   */
  readonly scale?: number;
  /**
   * The deviation of a stretch in one direction.
   * @defaultValue 2^0.2
   */
  readonly anisotropy?: number;
  /**
   * The deviation of a shift, as a part of width and height.
   * @defaultValue 1/8
   */
  readonly translation?: number;
}

const KEYS = {
  rng: true,
  probability: true,
  flip: true,
  flipVertical: true,
  scale: true,
  anisotropy: true,
  translation: true,
} satisfies OptionKeys<AugmentOptions>;

/** How one image was changed. */
export interface Augmentation {
  readonly flips: readonly [x: 0 | 1, y: 0 | 1];
  /** Exponent of the scale. */
  readonly scale: number;
  /** Angle, radians. */
  readonly rotation: number;
  /** Exponent of the stretch, and the angle at which it is. */
  readonly stretch: readonly [exponent: number, angle: number];
  /** Shift to the right and down, in deviations. */
  readonly shift: readonly [x: number, y: number];
}

/** Images and what was done to them. */
export interface Augmented {
  /** float32 `[N,H,W,C]`. */
  readonly x0: NdArray<Float32Array>;
  /** float32 `[N,9]`, zeros for an image as it is (but for mirroring left to right, first of them). */
  readonly conditions: NdArray<Float32Array>;
}

/**
 * Karras et al.'s augmentation: mirroring, scaling, turning, stretching and shifting at random. It doesn't leak into what
 * is generated if the network is told: it takes `conditions` in training and zeros when it samples.
 *
 * Each image is resampled once, by cubic convolution about its middle, mirrored beyond its borders. The nine numbers are the two flips,
 * the scale's exponent, `cos θ − 1` and `sin θ` of the turn, the stretch's exponent times cosine and sine of its angle, and
 * the two shifts in deviations.
 *
 * @param images - float32 `[N,H,W,C]`; borrowed
 * @param options - randomness and strengths, see {@link AugmentOptions}
 * @returns new arrays
 * @throws RangeError if the shape or an option is out of range
 * @see Karras et al. 2022, "Elucidating the Design Space", §F.2, Table 6 (arXiv:2206.00364)
 */
export function augment(images: NdArray<Float32Array>, options: AugmentOptions): Augmented {
  const fn = 'augment';
  checkOptions(fn, options, KEYS);
  const { rng, probability = 0.12, scale = 2 ** 0.2, anisotropy = 2 ** 0.2, translation = 1 / 8 } = options;
  checkRng(fn, rng);
  check(probability >= 0 && probability <= 1, fn, 'probability', 'in [0, 1]', probability);
  for (const [name, value] of [['scale', scale] as const, ['anisotropy', anisotropy] as const])
    check(value > 0 && Number.isFinite(value), fn, name, 'positive', value);
  check(translation >= 0 && Number.isFinite(translation), fn, 'translation', 'at least 0', translation);
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  const data = rowMajor(fn, 'images', images);
  check(
    images.shape.length === 4 && height >= 2 && width >= 2,
    fn,
    'images',
    'of shape [N,H,W,C], H and W at least 2',
    images,
  );
  const size = height * width * channels;
  const x0 = new Float32Array(count * size);
  const conditions = new Float32Array(count * 9);
  for (let i = 0; i < count; i++) {
    const drawn = draw(rng.split(i), probability, options);
    conditions.set(conditionOf(drawn), 9 * i);
    const from = data.subarray(i * size, (i + 1) * size);
    const matrix = inverseMatrix(drawn, { height, width, scale, anisotropy, translation });
    warpImage(from, height, width, channels, matrix, x0.subarray(i * size, (i + 1) * size));
  }
  return { x0: ndarray(x0, images.shape), conditions: ndarray(conditions, [count, 9]) };
}

function draw(
  rng: Rng,
  probability: number,
  { flip = true, flipVertical = true }: AugmentOptions,
): Augmentation {
  const coin = (): 0 | 1 => (rng.uniform() < 0.5 ? 1 : 0);
  // All is drawn, whatever is used: what one option says changes nothing of the others.
  const [x, y] = [coin(), coin()];
  const does = Array.from({ length: 5 }, () => (rng.uniform() < probability ? 1 : 0)) as number[];
  const angle = () => (2 * rng.uniform() - 1) * Math.PI;
  const [rotation, direction] = [angle(), angle()];
  const [a, b, c, d] = [rng.normal(), rng.normal(), rng.normal(), rng.normal()];
  const when = (kind: number, value: number) => (does[kind] === 1 ? value : 0);
  return {
    flips: [flip ? x : 0, flipVertical && does[0] === 1 ? y : 0],
    scale: when(1, a),
    rotation: when(2, rotation),
    stretch: [when(3, b), when(3, direction)],
    shift: [when(4, c), when(4, d)],
  };
}

/** The nine numbers that a network is told. */
export function conditionOf({ flips, scale, rotation, stretch, shift }: Augmentation): number[] {
  const [exponent, angle] = stretch;
  return [
    ...[flips[0], flips[1], scale, Math.cos(rotation) - 1, Math.sin(rotation)],
    ...[exponent * Math.cos(angle), exponent * Math.sin(angle), shift[0], shift[1]],
  ];
}

/** Of the image turned about its middle: flips first, then scale, turn, stretch and shift. */
export function inverseMatrix(
  { flips, scale, rotation, stretch, shift }: Augmentation,
  strengths: {
    readonly height: number;
    readonly width: number;
    readonly scale: number;
    readonly anisotropy: number;
    readonly translation: number;
  },
): Affine {
  const { height, width, translation } = strengths;
  const [exponent, angle] = stretch;
  const factor = strengths.scale ** -scale;
  const along = strengths.anisotropy ** -exponent;
  const steps: Affine[] = [
    [1, 0, -translation * width * shift[0], 0, 1, -translation * height * shift[1]],
    turn(-angle),
    [along, 0, 0, 0, 1 / along, 0],
    turn(angle),
    turn(-rotation),
    [factor, 0, 0, 0, factor, 0],
    [1 - 2 * flips[0], 0, 0, 0, 1 - 2 * flips[1], 0],
  ];
  return steps.reduce((all, step) => after(step, all));
}

/** By an angle, from the right downwards. */
function turn(angle: number): Affine {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c, -s, 0, s, c, 0];
}

/** First `p`, then `q`. */
function after(q: Affine, p: Affine): Affine {
  return [
    q[0] * p[0] + q[1] * p[3],
    q[0] * p[1] + q[1] * p[4],
    q[0] * p[2] + q[1] * p[5] + q[2],
    q[3] * p[0] + q[4] * p[3],
    q[3] * p[1] + q[4] * p[4],
    q[3] * p[2] + q[4] * p[5] + q[5],
  ];
}
