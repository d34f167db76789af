import {
  type Batch,
  type BatchSource,
  type BatchTransform,
  check,
  checkSameShape,
  type Rng,
  rowMajor,
} from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import ndarray from 'ndarray';

/** Mean L2 distance between an image and its noise, over the batch. */
export interface Distance {
  /** With the noise as drawn. */
  readonly before: number;
  /** With the noise that the transform gave. */
  readonly after: number;
}

/** What the host does for one step. */
export interface HostStep<In extends HostInputs = HostInputs> {
  readonly inputs: In;
  readonly distance: Distance;
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
  readonly batches: BatchSource;
  readonly transform?: BatchTransform | undefined;
  readonly objective: Objective<In>;
  readonly rng: Rng;
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
  { batches, transform, rng }: HostParts<In>,
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
    const images = await batches.at(step);
    const name = `batches.at(${step})`;
    checkSameShape('train', `${name}.x0`, images.x0.shape, 'batches.batchSize and imageShape', shape);
    x0.set(rowMajor('train', `${name}.x0`, images.x0), i * length);
    if (i === 0 && images.labels) labels = new Int32Array(size * batchSize);
    check(
      images.labels?.length === (labels && batchSize),
      'train',
      `${name}.labels`,
      labels ? `${batchSize} class indices` : 'absent, as in the batch before',
      images.labels,
    );
    if (images.labels) labels?.set(images.labels, i * batchSize);
    rng
      .split('noise')
      .split(step)
      .fillNormal(noise.subarray(i * length, (i + 1) * length));
  }
  const drawn: Batch = {
    x0: ndarray(x0, [size * batchSize, ...imageShape]),
    noise: ndarray(noise, [size * batchSize, ...imageShape]),
    ...(labels && { labels }),
  };
  const read = now();
  const given = transform ? await transform(drawn, rng.split('transform').split(index)) : drawn;
  const done = now();
  const seconds = { batch: read - start, transform: done - read };

  checkSameShape('train', "the transform's x0", given.x0.shape, "its argument's", drawn.x0.shape);
  checkSameShape('train', "the transform's noise", given.noise.shape, "its argument's", drawn.noise.shape);
  const givenX0 = rowMajor('train', "the transform's x0", given.x0);
  const givenNoise = rowMajor('train', "the transform's noise", given.noise);
  const slices = Array.from({ length: size }, (_, i) => [i * length, (i + 1) * length] as const);
  return {
    batches: slices.map(([from, to], i) => ({
      x0: ndarray(givenX0.subarray(from, to), shape),
      noise: ndarray(givenNoise.subarray(from, to), shape),
      ...(given.labels && { labels: given.labels.subarray(i * batchSize, (i + 1) * batchSize) }),
    })),
    distances: slices.map(([from, to]) => {
      const before = meanDistance(x0.subarray(from, to), noise.subarray(from, to), batchSize);
      const same = given === drawn;
      return {
        before,
        after: same
          ? before
          : meanDistance(givenX0.subarray(from, to), givenNoise.subarray(from, to), batchSize),
      };
    }),
    seconds,
  };
}

/** `1/B Σ_i ‖x0_i − noise_i‖`, in float64. */
function meanDistance(x0: Float32Array, noise: Float32Array, count: number): number {
  const size = x0.length / count;
  let total = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let p = i * size; p < (i + 1) * size; p++) sum += ((x0[p] as number) - (noise[p] as number)) ** 2;
    total += Math.sqrt(sum);
  }
  return total / count;
}
