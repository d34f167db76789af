import {
  type Batch,
  type BatchSource,
  type BatchTransform,
  checkRng,
  meanRowDistance,
  type Rng,
} from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import ndarray from 'ndarray';
import { checkImages, checkTransformed, fingerprint } from './check-batch.js';

/** Mean L2 distance between an image and its noise, over the batch. */
export interface Distance {
  /** With the noise as drawn. */
  readonly before: number;
  /** With the noise that the transform gave. */
  readonly after: number;
}

/** What the host does for one step. */
export interface HostStep<In extends HostInputs = HostInputs> {
  /** What `objective.prepare` gave. */
  readonly inputs: In;
  /** Mean image–noise distance before and after the transform. */
  readonly distance: Distance;
  /** Seconds that it took, part by part; of a pool, its first step has them all. */
  readonly seconds: { readonly batch: number; readonly transform: number; readonly prepare: number };
}

/** Gives what the host does for a step, counted from 0; pure but for the time that it takes. */
export type HostSource<In extends HostInputs = HostInputs> = (step: number) => Promise<HostStep<In>>;

/** A pool: consecutive batches that the transform has seen at once. */
interface Pool {
  readonly batches: readonly Batch[];
  readonly distances: readonly Distance[];
  readonly seconds: { readonly batch: number; readonly transform: number };
}

/** What the host side is made of. */
export interface HostParts<In extends HostInputs = HostInputs> {
  /** The images. */
  readonly batches: BatchSource;
  /** Which noise goes with which image. Without it, the noise as drawn. */
  readonly transform?: BatchTransform | undefined;
  /** What the model is trained to do. */
  readonly objective: Objective<In>;
  /** Root of the run's randomness. */
  readonly rng: Rng;
  /** How many classes the model has labels for, its `classes`: other labels are refused. Without it, none is too large. */
  readonly classes?: number | undefined;
}

/** Wall-clock seconds. */
export const now = (): number => performance.now() / 1000;

/**
 * The host side of a run: step k's inputs as a pure function of k and the root `rng`. Noise comes from the stream
 * noise/k, the transform of pool p has transform/p and the objective objective/k, so none depends on what another draws.
 * Times that a pool takes are spread evenly over its steps.
 */
export function hostSide<In extends HostInputs>(parts: HostParts<In>): HostSource<In> {
  const { batches, transform, objective, rng } = parts;
  checkRng('hostSide', rng);
  const size = (transform?.pool ?? batches.batchSize) / batches.batchSize;
  let current: { index: number; pool: Promise<Pool> } | undefined;

  return async (step) => {
    const index = Math.floor(step / size);
    if (current?.index !== index) current = { index, pool: readPool(parts, index, size) };
    const pool = await current.pool;
    const batch = pool.batches[step - index * size] as Batch;
    const start = now();
    const inputs = objective.prepare(batch, rng.split('objective').split(step), step);
    return {
      inputs,
      distance: pool.distances[step - index * size] as Distance,
      seconds: {
        batch: pool.seconds.batch / size,
        transform: pool.seconds.transform / size,
        prepare: now() - start,
      },
    };
  };
}

async function readPool<In extends HostInputs>(
  { batches, transform, rng, classes }: HostParts<In>,
  index: number,
  size: number,
): Promise<Pool> {
  const { batchSize, imageShape } = batches;
  const shape = [batchSize, ...imageShape];
  const length = shape.reduce((product, n) => product * n, 1);
  const x0 = new Float32Array(size * length);
  const noise = new Float32Array(size * length);
  let labels: Int32Array | undefined;

  const start = now();
  for (let i = 0; i < size; i++) {
    const step = index * size + i;
    const images = checkImages(await batches.at(step), {
      step,
      shape,
      classes,
      labeled: i === 0 ? undefined : labels !== undefined,
    });
    x0.set(images.x0, i * length);
    if (images.labels) (labels ??= new Int32Array(size * batchSize)).set(images.labels, i * batchSize);
    rng
      .split('noise')
      .split(step)
      .fillNormal(noise.subarray(i * length, (i + 1) * length));
  }
  const read = now();
  const slices = Array.from({ length: size }, (_, i) => [i * length, (i + 1) * length] as const);
  const distances = (of: Float32Array) =>
    slices.map(([from, to]) => meanRowDistance(x0.subarray(from, to), of.subarray(from, to), batchSize));
  const before = distances(noise);

  let chosen: Float32Array = noise;
  let transforming = 0;
  if (transform) {
    const drawn: Batch = {
      x0: ndarray(x0, [size * batchSize, ...imageShape]),
      noise: ndarray(noise, [size * batchSize, ...imageShape]),
      // A copy: what comes back must be like what was given.
      ...(labels && { labels: labels.slice() }),
    };
    const print = fingerprint(x0);
    const began = now();
    const given = await transform(drawn, rng.split('transform').split(index));
    transforming = now() - began;
    chosen = checkTransformed(given, { drawn, labels, print });
  }
  const after = transform ? distances(chosen) : before;
  return {
    batches: slices.map(([from, to], i) => ({
      x0: ndarray(x0.subarray(from, to), shape),
      noise: ndarray(chosen.subarray(from, to), shape),
      ...(labels && { labels: labels.subarray(i * batchSize, (i + 1) * batchSize) }),
    })),
    distances: slices.map((_, i) => ({ before: before[i] as number, after: after[i] as number })),
    seconds: { batch: read - start, transform: transforming },
  };
}
