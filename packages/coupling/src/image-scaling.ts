import { type BatchSource, check } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { readArray } from './batch-checks.js';

/** Images made larger than noise, and samples made as small again. */
export interface ImageScaling {
  /** What images are multiplied by. */
  readonly factor: number;
  /** A source of the same batches with `factor` times the images. */
  readonly images: (source: BatchSource) => BatchSource;
  /** Samples of a model that was trained on them, float32 `[…]`, divided by `factor`. */
  readonly samples: (samples: NdArray<Float32Array>) => NdArray<Float32Array>;
}

/**
 * Multiplies images, not noise, by a constant, so that what is diffused from different images overlaps less. The follow-up paper's
 * simplest way to immiscibility: no pairs are chosen.
 *
 * It is a shift of the noise schedule: `√ᾱ·c·x0 + √(1 − ᾱ)·n` has the signal-to-noise ratio `c²·ᾱ/(1 − ᾱ)`. So a schedule, weighting or
 * σ_data made for images in [−1, 1] fits no longer: σ_data is c times as large, samplers that clip must clip to ±c.
 * The squared-L2 assignment is the same at every scale, as ‖c·x − n‖² differs by terms of x or n alone from −2c·x·n.
 *
 * @param factor - 2 or 4 in the paper; 1 changes nothing
 * @throws RangeError unless it is positive
 * @see Improved Immiscible Diffusion 2025, image scaling (arXiv:2505.18521)
 * @example
 * const scaling = imageScaling(2);
 * train({ batches: scaling.images(source), … });
 * const pictures = scaling.samples(await ddimSample(…));
 */
export function imageScaling(factor: number): ImageScaling {
  check(Number.isFinite(factor) && factor > 0, 'imageScaling', 'factor', 'a positive number', factor);
  const scaled = (name: string, array: NdArray<Float32Array>, by: (value: number) => number) =>
    ndarray(readArray('imageScaling', name, array).data.map(by), [...array.shape]);
  return {
    factor,
    images: (source) => ({
      ...source,
      at: async (step) => {
        const images = await source.at(step);
        return { ...images, x0: scaled('x0', images.x0, (value) => factor * value) };
      },
    }),
    samples: (samples) => scaled('samples', samples, (value) => value / factor),
  };
}
