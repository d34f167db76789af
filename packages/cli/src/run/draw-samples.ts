import type { Rng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import type { NdArray } from 'ndarray';
import type { Parts } from './parts.js';

/** @see {@link drawSamples} */
export interface DrawOptions {
  readonly steps: number;
  readonly count: number;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** Samples like the data set's images, of all its classes in turn; those of pictures are clipped. */
export function drawSamples(
  { config, dataset, method, sampled: model }: Pick<Parts, 'config' | 'dataset' | 'method' | 'sampled'>,
  params: Params,
  { steps, count, rng, signal }: DrawOptions,
): Promise<NdArray<Float32Array>> {
  const [, ...imageShape] = dataset.shape;
  return method.sample(model, params, {
    steps,
    count,
    imageShape,
    rng,
    batchSize: config.evaluation.batchSize,
    ...(!dataset.bounded && { clip: false }),
    ...(model.classes > 0 && { labels: Int32Array.from({ length: count }, (_, i) => i % model.classes) }),
    ...(signal && { signal }),
  });
}
