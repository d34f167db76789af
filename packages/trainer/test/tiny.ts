// A problem small enough to be solved by hand: one weight per pixel, plus a bias.
import { type BatchSource, type BatchTransform, createRng, type Rng } from '@immiscible/core';
import type {
  GradientTransformation,
  HostInputs,
  Model,
  Objective,
  Params,
  WeightAverage,
} from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';

export const BATCH = 4;
export const PIXELS = 6;
export const IMAGE_SHAPE = [3, 2, 1] as const;

/** `model(x) = weight·x + bias`, pixel by pixel. */
export const model: Model = {
  init: (rng) => ({
    weight: tf.tensor3d(rng.split('weight').fillNormal(new Float32Array(PIXELS)), [...IMAGE_SHAPE]),
    bias: tf.zeros([...IMAGE_SHAPE]),
  }),
  apply: (params, x) => tf.add(tf.mul(x, params['weight'] as tf.Tensor), params['bias'] as tf.Tensor),
};

type Inputs = { x0: NdArray<Float32Array>; noise: NdArray<Float32Array>; time: NdArray<Float32Array> };

/** `mean (model(x0) − time·noise)²`, time uniform in [0, 1) per image: the noise foretold from the image. */
const objective: Objective<Inputs> = {
  prepare: ({ x0, noise }, rng) => ({
    x0,
    noise,
    time: ndarray(rng.fillUniform(new Float32Array(x0.shape[0] as number)), [x0.shape[0] as number, 1, 1, 1]),
  }),
  loss: (net, params, { x0, noise, time }) =>
    tf.mean(
      tf.squaredDifference(net.apply(params, x0 as tf.Tensor4D, tf.zeros([BATCH])), tf.mul(time, noise)),
    ) as tf.Scalar,
};

/** Images of a stream of their own, label i + step for image i. */
export function batches(rng: Rng = createRng(77)): BatchSource {
  return {
    batchSize: BATCH,
    imageShape: IMAGE_SHAPE,
    at: (step) => ({
      x0: ndarray(rng.split(step).fillNormal(new Float32Array(BATCH * PIXELS)), [BATCH, ...IMAGE_SHAPE]),
      labels: Int32Array.from({ length: BATCH }, (_, i) => i + step),
    }),
  };
}

/** Momentum, with a step counter in int32: `v ← 0.9·v + g`, `Δ = −rate·v`, rate falling with the step. */
const momentum: GradientTransformation<{ velocity: Params; count: tf.Tensor }> = {
  init: (params) => ({
    velocity: mapParams(params, (weight) => tf.zerosLike(weight)),
    count: tf.scalar(0, 'int32'),
  }),
  scalars: (step) => ({ rate: 0.1 / (1 + step) }),
  update: (gradients, state, _, scalars) => {
    const velocity = mapParams(gradients, (gradient, name) =>
      tf.add(tf.mul(state.velocity[name] as tf.Tensor, 0.9), gradient),
    );
    return {
      updates: mapParams(velocity, (v) => tf.mul(tf.neg(v), scalars['rate'] as tf.Scalar)),
      state: { velocity, count: tf.add(state.count, tf.scalar(1, 'int32')) },
    };
  },
};

/** `average ← average + rate·(w − average)` */
const average: WeightAverage = {
  scalars: (step) => ({ rate: 1 / (2 + step) }),
  update: (old, params, scalars) =>
    mapParams(old, (tensor, name) =>
      tf.add(tensor, tf.mul(tf.sub(params[name] as tf.Tensor, tensor), scalars['rate'] as tf.Scalar)),
    ),
};

/** Turns the order of the rows of noise round, and adds a draw of the transform's own. */
export function reversing(pool?: number): BatchTransform {
  const transform: BatchTransform = ({ noise, ...rest }, rng) => {
    const rows = noise.shape[0] as number;
    const shift = rng.normal();
    const data = noise.data.map(
      (_, i) => (noise.data[(rows - 1 - Math.floor(i / PIXELS)) * PIXELS + (i % PIXELS)] as number) + shift,
    );
    return { ...rest, noise: ndarray(data, noise.shape) };
  };
  return pool === undefined ? transform : Object.assign(transform, { pool });
}

export const options = {
  model,
  objective: objective as Objective<HostInputs>,
  batches: batches(),
  optimizer: momentum as GradientTransformation,
  ema: average,
  rng: createRng(5),
};

function mapParams(params: Params, f: (weight: tf.Tensor, name: string) => tf.Tensor): Params {
  return Object.fromEntries(Object.entries(params).map(([name, weight]) => [name, f(weight, name)]));
}

/** All events of a run, weights as plain arrays. */
export async function collect<E>(events: AsyncIterable<E>): Promise<E[]> {
  const all: E[] = [];
  for await (const event of events) all.push(event);
  return all;
}
