import {
  type BatchTransform,
  checkInteger,
  checkOptions,
  checkRng,
  type OptionKeys,
  type Rng,
} from '@immiscible/core';
import ndarray from 'ndarray';
import { checkFinite, readBatch } from './batch-checks.js';
import { chiSquared } from './chi-squared.js';

/** Options of {@link nearestNoise}. */
export interface NearestNoiseOptions {
  /**
   * How many noises each image chooses from, its own among them; 1 changes nothing. The paper's best: 8 for DDIM on
   * CIFAR-10, 4 for flow matching and consistency models there, 64 for Stable Diffusion.
   */
  readonly candidates: number;
}

/**
 * Gives each image the nearest of k noises: the one it has and k − 1 new ones.
 *
 * `noise'[i] = argmin_{n ∈ {n_1 … n_k}} ‖x0[i] − n‖`
 *
 * Works on each image alone, so the batch may be of size 1. The price: noise over all images is no longer N(0, I), but
 * a little shorter and shifted toward the images, the more so the larger k is ({@link noiseMoments} measures it).
 *
 * The new candidates are not drawn in full, which would cost k − 1 times the batch's own noise. A Gaussian vector is
 * its component along the image, z ~ N(0, 1), and a vector across of squared length q ~ χ²(D − 1) in a uniform
 * direction, all three independent; its distance depends on z and q alone: `‖x − n‖² = (‖x‖ − z)² + q`. So z and q
 * are drawn for every candidate, and the direction only for the one that is kept. The result has the same
 * distribution.
 *
 * @param options - how many candidates
 * @throws RangeError unless `candidates` is a positive integer; from the transform if images or noise aren't finite,
 *   or differ in shape
 * @see Improved Immiscible Diffusion 2025, Algorithm 1, "KNN" (arXiv:2505.18521)
 */
export function nearestNoise(options: NearestNoiseOptions): BatchTransform {
  const fn = 'nearestNoise';
  checkOptions(fn, options, { candidates: true } satisfies OptionKeys<NearestNoiseOptions>);
  const { candidates } = options;
  checkInteger(fn, 'candidates', candidates, 1);
  return (batch, rng) => {
    const { x0, noise } = readBatch(fn, batch);
    checkFinite(fn, { x0, noise });
    if (candidates === 1 || x0.size === 0) return batch;
    checkRng(fn, rng);
    const { shape, size } = noise;
    const length = size / (shape[0] as number);
    const nearest = Float32Array.from(noise.data);
    for (let start = 0; start < size; start += length) {
      const image = x0.data.subarray(start, start + length);
      replaceByNearer(nearest.subarray(start, start + length), image, candidates - 1, rng);
    }
    return { ...batch, noise: ndarray(nearest, [...shape]) };
  };
}

/** Overwrites `noise` with the nearest of `count` new draws, if that is nearer to `image`. */
function replaceByNearer(noise: Float32Array, image: Float32Array, count: number, rng: Rng): void {
  const norm = Math.sqrt(dot(image, image));
  // Squared distances less ‖x‖², which all have in common and in which, far from the origin, the rest would drown.
  let least = 0;
  for (let i = 0; i < image.length; i++) {
    least += (noise[i] as number) * ((noise[i] as number) - 2 * (image[i] as number));
  }
  let along: number | undefined;
  let across = 0;
  for (let k = 0; k < count; k++) {
    const z = rng.normal();
    const q = chiSquared(image.length - 1, rng);
    const distance = z * (z - 2 * norm) + q;
    if (distance < least) {
      least = distance;
      along = z;
      across = q;
    }
  }
  if (along === undefined) return;
  const unit = unitVector(image, norm);
  const direction = rng.fillNormal(new Float32Array(image.length));
  const overlap = dot(direction, unit);
  let length2 = 0;
  for (let i = 0; i < noise.length; i++) {
    length2 += ((direction[i] as number) - overlap * (unit[i] as number)) ** 2;
  }
  // In one dimension there is nothing across.
  const scale = across === 0 ? 0 : Math.sqrt(across / length2);
  for (let i = 0; i < noise.length; i++) {
    const u = unit[i] as number;
    noise[i] = along * u + scale * ((direction[i] as number) - overlap * u);
  }
}

/** Along the image; for a black one, all zeros, along the first axis, as any direction will do. */
function unitVector(image: Float32Array, norm: number): Float64Array {
  const unit = new Float64Array(image.length);
  for (let i = 0; i < image.length; i++) unit[i] = norm > 0 ? (image[i] as number) / norm : 0;
  if (norm === 0) unit[0] = 1;
  return unit;
}

function dot(x: Float32Array | Float64Array, y: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}
