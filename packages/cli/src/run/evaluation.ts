import type { Rng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { type FeatureExtractor, frechetDistance, type Statistics, statistics } from '@immiscible/metrics-fid';
import type { NdArray } from 'ndarray';
import { drawIndices, imagesAt } from '../registry/draw-images.js';
import type { ImageData } from '../registry/image-data.js';
import { drawSamples } from './draw-samples.js';
import type { Parts } from './parts.js';
import { breathe } from './interrupt.js';
import { toRows } from './rows.js';

/** One distance, with what it was computed from. */
export interface Measured {
  readonly samplingSteps: number;
  readonly value: number;
  /** The samples' features `[n,D]`. */
  readonly features: NdArray<Float32Array>;
  /** The samples themselves, `[n,H,W,C]`; image i is from noise i of every twin. */
  readonly samples: NdArray<Float32Array>;
}

/** The distance of real images from the others. */
export interface Floor {
  readonly value: number;
  /** How many: as many as samples, or half of the reference images where that is less. */
  readonly n: number;
}

/** Takes the distance between a model's samples and the data set. */
export interface Evaluator {
  readonly metric: string;
  readonly reference: Statistics;
  /** What a perfect model would score, at the config's number of samples. */
  readonly floor: Floor;
  /** The same for another number of samples. */
  floorOf(samples: number): Floor;
  /** Draws samples by weights, and takes their distance. */
  evaluate(params: Params, options?: EvaluateOptions): Promise<Measured[]>;
}

/** What an evaluation may do otherwise than the config has it. */
export interface EvaluateOptions {
  readonly samplingSteps?: readonly number[];
  readonly samples?: number;
  readonly signal?: AbortSignal;
  /** Before each number of sampling steps. */
  readonly onStart?: (samplingSteps: number) => void;
}

/**
 * Reads the data set's features, once, and makes the evaluator.
 *
 * @throws the reason of `signal` if it is aborted meanwhile
 */
export async function createEvaluator(parts: Parts, signal: AbortSignal): Promise<Evaluator> {
  const { dataset, extractor, sampleRng } = parts;
  const config = parts.config.evaluation;
  const real = await datasetFeatures(dataset, extractor, config.referenceImages, signal);
  const reference = statistics(extractor.dimensions).update(real).finish();
  // Each time the same draw: the first n of one permutation against the rest.
  const floorOf = (samples: number): Floor => realFloor(real, samples, sampleRng.split('floor'));
  return {
    metric: `FD-${extractor.id.split('@', 1)[0]}`,
    reference,
    floor: floorOf(config.samples),
    floorOf,
    async evaluate(
      params,
      { samplingSteps = config.samplingSteps, samples: n = config.samples, ...rest } = {},
    ) {
      const measured: Measured[] = [];
      for (const steps of samplingSteps) {
        rest.onStart?.(steps);
        const samples = await drawSamples(parts, params, {
          steps,
          count: n,
          // The same noise for every twin, training step and number of sampling steps.
          rng: sampleRng.split('samples'),
          // With a signal, even one that never comes, the sampler lets the user's be heard between its steps.
          signal: rest.signal ?? new AbortController().signal,
        });
        const features = await extractor.extract(samples);
        const value = frechetDistance(statistics(extractor.dimensions).update(features).finish(), reference);
        measured.push({ samplingSteps: steps, value, features, samples });
      }
      return measured;
    },
  };
}

/** How many images are looked at before signals are. */
const CHUNK = 250;

async function datasetFeatures(
  dataset: ImageData,
  extractor: FeatureExtractor,
  most: number | undefined,
  signal: AbortSignal,
): Promise<NdArray<Float32Array>> {
  const indices = drawIndices(dataset, most ?? Infinity, 'reference');
  const parts: NdArray<Float32Array>[] = [];
  for (let start = 0; start < indices.length; start += CHUNK) {
    await breathe();
    signal.throwIfAborted();
    parts.push(await extractor.extract(imagesAt(dataset, indices.subarray(start, start + CHUNK))));
  }
  return toRows(parts);
}

/** A random part of the images against the others: how far a perfect model's samples would be. */
function realFloor(features: NdArray<Float32Array>, samples: number, rng: Rng): Floor {
  const [count = 0, dimensions = 0] = features.shape;
  const n = Math.min(samples, Math.floor(count / 2));
  const [some, rest] = [statistics(dimensions), statistics(dimensions)];
  rng
    .permutation(count)
    .forEach((row, i) => (i < n ? some : rest).update(features.lo(row, 0).hi(1, dimensions)));
  return { n, value: n < 2 ? NaN : frechetDistance(some.finish(), rest.finish()) };
}
