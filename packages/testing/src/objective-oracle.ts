import { type Batch, createRng } from '@immiscible/core';
import type { HostInputs, Model, Objective, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect } from 'vitest';

/** An objective and, in closed form, what it promises; all formulas are elementwise, of one pixel. */
export interface ObjectiveCase {
  /** The objective. */
  readonly objective: Objective;
  /** Instead, where the objective must know the images: one whose teacher is perfect for this batch. */
  readonly objectiveFor?: (batch: Batch) => Objective;
  /** The noisy sample that the model must be given at `time` (as the model gets it). */
  readonly noisy: (x0: number, noise: number, time: number) => number;
  /** What a perfect model answers: at every time, where the loss asks more than once. */
  readonly target: (x0: number, noise: number, time: number) => number;
  /** How often one loss asks the model. @defaultValue 1 */
  readonly passes?: number;
  /** `'other'` where the loss isn't the mean squared error of the model's answer. @defaultValue `'meanSquare'` */
  readonly kind?: 'meanSquare' | 'other';
  /** How much the squared error of an answer counts at a time. @defaultValue 1 */
  readonly weight?: (time: number) => number;
  /** How much larger loss and gradient of a rounding error may be than those of a mean square. @defaultValue 1 */
  readonly magnification?: number;
}

export const SHAPE: number[] = [6, 2, 3, 1];
export const PIXELS = 6;
/** Scales are rounded to float32 before they multiply numbers of size 1 to 4. */
const TOLERANCE = 2e-6;

/** Six small images with independent noise. */
export function makeBatch(labels: boolean = false, shape: readonly number[] = SHAPE): Batch {
  const rng = createRng(11);
  const size = shape.reduce((a, b) => a * b);
  const x0 = ndarray(rng.split('x0').fillUniform(new Float32Array(size)), [...shape]);
  const noise = ndarray(rng.split('noise').fillNormal(new Float32Array(size)), [...shape]);
  return {
    x0,
    noise,
    ...(labels && { labels: Int32Array.from({ length: shape[0] as number }, (_, i) => 7 - i) }),
  };
}

/**
 * The inputs of a step on the device, as the trainer puts them there.
 *
 * @param inputs - from `Objective.prepare`; borrowed
 */
export function toTensors(inputs: HostInputs): Record<string, tf.Tensor> {
  const dtype = (data: object) => (data instanceof Int32Array ? 'int32' : 'float32');
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data.slice(), shape, dtype(data)),
    ]),
  );
}

/** What the model was given. */
export interface Call {
  readonly x: Float32Array;
  readonly time: Float32Array;
  readonly labels: Int32Array | undefined;
  readonly dropoutSeed: Int32Array | undefined;
}

/** A formula over a batch at the times that the model was given. */
function elementwise(batch: Batch, time: Float32Array, formula: ObjectiveCase['target']): Float32Array {
  return Float32Array.from(batch.x0.data, (x0, p) =>
    formula(x0, batch.noise.data[p] as number, time[Math.floor(p / PIXELS)] as number),
  );
}

/** A model that answers `gain·truth + offset`, the truth being the perfect answer for `truth`'s noise. */
function oracle(truth: Batch, target: ObjectiveCase['target'], calls: Call[]): Model {
  return {
    init: () => ({}),
    apply: (params, x, time, options = {}) => {
      const call = {
        x: x.dataSync() as Float32Array,
        time: time.dataSync() as Float32Array,
        labels: options.labels?.dataSync() as Int32Array | undefined,
        dropoutSeed: options.dropoutSeed?.dataSync() as Int32Array | undefined,
      };
      calls.push(call);
      const answer = tf.tensor4d(elementwise(truth, call.time, target), x.shape);
      return tf.add(tf.mul(answer, params['gain'] as tf.Tensor), params['offset'] as tf.Tensor);
    },
  };
}

/** What an oracle is given. */
export interface RunOptions {
  /** The batch whose perfect answers it has. @defaultValue the one that the objective gets */
  readonly truth?: Batch;
  /** @defaultValue 1 */
  readonly gain?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
  /** Of the stream that the objective draws from. @defaultValue 5 */
  readonly seed?: number;
}

/** What came of it. */
export interface Run {
  readonly loss: number;
  readonly byGain: number;
  readonly byOffset: number;
  readonly calls: readonly Call[];
  /** The first of them. */
  readonly call: Call;
}

/** Loss, its gradient by the oracle's gain and offset, and what the oracle saw in its passes. */
export function run(
  { objective, objectiveFor = () => objective, target, passes = 1 }: ObjectiveCase,
  batch: Batch,
  { truth = batch, gain = 1, offset = 0, seed = 5 }: RunOptions = {},
): Run {
  const calls: Call[] = [];
  const model = oracle(truth, target, calls);
  const [loss, byGain, byOffset] = tf.tidy(() => {
    const tested = objectiveFor(truth);
    const inputs = toTensors(tested.prepare(batch, createRng(seed), 0));
    // An average of the weights, for objectives that have one, is as perfect.
    const average = { gain: tf.scalar(1), offset: tf.scalar(0) };
    const lossOf = (g: tf.Tensor, o: tf.Tensor) =>
      tested.loss(model, { gain: g, offset: o } as Params, inputs, average);
    const { value, grads } = tf.valueAndGrads(lossOf)([tf.scalar(gain), tf.scalar(offset)]);
    return [value, ...grads].map((tensor) => tensor.dataSync()[0] as number);
  }) as unknown as [number, number, number];
  expect(calls).toHaveLength(passes);
  return { loss, byGain, byOffset, calls, call: calls[0] as Call };
}

/** Each pass sees the batch's own noise in its own image, and the perfect answer for that noise costs nothing. */
export function expectPaired(objective: ObjectiveCase, batch: Batch): void {
  const { loss, byGain, byOffset, calls } = run(objective, batch);
  for (const { x, time } of calls) {
    const expected = elementwise(batch, time, objective.noisy);
    x.forEach((value, p) => expect(Math.abs(value - (expected[p] as number))).toBeLessThan(TOLERANCE));
  }
  const { weight = () => 1, magnification = 1 } = objective;
  const times = calls.flatMap(({ time }) => Array.from(time));
  const scale = magnification * Math.max(1, ...times.map(weight));
  expect(loss).toBeLessThan(scale * TOLERANCE ** 2);
  expect(Math.abs(byGain)).toBeLessThan(10 * scale * TOLERANCE);
  expect(Math.abs(byOffset)).toBeLessThan(10 * scale * TOLERANCE);
}

/**
 * Noise that is another than before must be another for the objective: the perfect answer for the noise of before is
 * wrong now, or, where answers don't depend on noise, samples are others.
 */
export function expectFollowed(objective: ObjectiveCase, before: Batch, after: Batch): void {
  const other = run(objective, after, { truth: before });
  const noiseMatters = objective.target(0.5, 1, 1) !== objective.target(0.5, 0, 1);
  // Rounding errors cost less than this by orders of magnitude.
  if (noiseMatters) expect(other.loss).toBeGreaterThan(1e-5);
  else expect(other.call.x).not.toEqual(run(objective, before).call.x);
}
