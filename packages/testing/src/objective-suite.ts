import {
  type Batch,
  createRng,
  type HostInputs,
  type Model,
  type Objective,
  type Params,
} from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';

/** An objective and, in closed form, what it promises; both formulas are elementwise, of one pixel. */
export interface ObjectiveCase {
  readonly objective: Objective;
  /** The noisy sample that the model must be given at `time` (as the model gets it). */
  readonly noisy: (x0: number, noise: number, time: number) => number;
  /** What a perfect model answers. */
  readonly target: (x0: number, noise: number, time: number) => number;
  /** How much the squared error of an answer counts at a time. @defaultValue 1 */
  readonly weight?: (time: number) => number;
}

/** A statement that holds for every objective; `check` throws where it doesn't. */
export interface ObjectiveLaw {
  readonly title: string;
  readonly check: (objective: ObjectiveCase) => void;
}

const SHAPE = [6, 2, 3, 1];
const PIXELS = 6;
/** Scales are rounded to float32 before they multiply numbers of size 1 to 4. */
const TOLERANCE = 2e-6;

function makeBatch(labels = false, shape = SHAPE): Batch {
  const rng = createRng(11);
  const size = shape.reduce((a, b) => a * b);
  const x0 = ndarray(rng.split('x0').fillUniform(new Float32Array(size)), shape);
  const noise = ndarray(rng.split('noise').fillNormal(new Float32Array(size)), shape);
  return {
    x0,
    noise,
    ...(labels && { labels: Int32Array.from({ length: shape[0] as number }, (_, i) => 7 - i) }),
  };
}

/** The batch as a coupling leaves it: images in their places, noise dealt out anew. */
function coupled(batch: Batch): Batch {
  const count = batch.noise.shape[0] as number;
  const noise = Float32Array.from(batch.noise.data, (_, p) => {
    const row = (Math.floor(p / PIXELS) + 1) % count;
    return batch.noise.data[row * PIXELS + (p % PIXELS)] as number;
  });
  return { ...batch, noise: ndarray(noise, batch.noise.shape) };
}

function toTensors(inputs: HostInputs): Record<string, tf.Tensor> {
  const dtype = (data: object) => (data instanceof Int32Array ? 'int32' : 'float32');
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data.slice(), shape, dtype(data)),
    ]),
  );
}

/** What the model was given. */
interface Call {
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

/** Loss, its gradient by the oracle's gain and offset, and what the oracle saw. */
function run(
  { objective, target }: ObjectiveCase,
  batch: Batch,
  { truth = batch, gain = 1, offset = 0, seed = 5 } = {},
) {
  const calls: Call[] = [];
  const model = oracle(truth, target, calls);
  const [loss, byGain, byOffset] = tf.tidy(() => {
    const inputs = toTensors(objective.prepare(batch, createRng(seed), 0));
    const lossOf = (g: tf.Tensor, o: tf.Tensor) =>
      objective.loss(model, { gain: g, offset: o } as Params, inputs);
    const { value, grads } = tf.valueAndGrads(lossOf)([tf.scalar(gain), tf.scalar(offset)]);
    return [value, ...grads].map((tensor) => tensor.dataSync()[0] as number);
  }) as unknown as [number, number, number];
  expect(calls).toHaveLength(1);
  return { loss, byGain, byOffset, call: calls[0] as Call };
}

function expectPaired(objective: ObjectiveCase, batch: Batch): void {
  const { loss, byGain, byOffset, call } = run(objective, batch);
  const expected = elementwise(batch, call.time, objective.noisy);
  call.x.forEach((value, p) => expect(Math.abs(value - (expected[p] as number))).toBeLessThan(TOLERANCE));
  const { weight = () => 1 } = objective;
  const scale = Math.max(1, ...Array.from(call.time, weight));
  expect(loss).toBeLessThan(scale * TOLERANCE ** 2);
  expect(Math.abs(byGain)).toBeLessThan(10 * scale * TOLERANCE);
  expect(Math.abs(byOffset)).toBeLessThan(10 * scale * TOLERANCE);
}

/** What holds for every objective. */
export const objectiveLaws: readonly ObjectiveLaw[] = [
  {
    title:
      "mixes the batch's noise into the image, and a perfect answer for that noise has no loss and no gradient",
    check: (objective) => {
      expectPaired(objective, makeBatch());
      expectPaired(objective, makeBatch(false, [1, ...SHAPE.slice(1)]));
    },
  },
  {
    title: 'follows a coupling: noise dealt out anew is the noise in the sample and in the target',
    check: (objective) => {
      const independent = makeBatch();
      const batch = coupled(independent);
      expectPaired(objective, batch);
      // The oracle of the old pairing must be wrong, or the objective never looks at the noise.
      const other = run(objective, batch, { truth: independent });
      const noiseMatters = objective.target(0.5, 1, 1) !== objective.target(0.5, 0, 1);
      if (noiseMatters) expect(other.loss).toBeGreaterThan(1e-3);
      else expect(other.call.x).not.toEqual(run(objective, independent).call.x);
    },
  },
  {
    title:
      'is the mean squared error, weighted: an answer off by c costs the mean weight times c², with gradient 2c',
    check: (objective) => {
      for (const offset of [0.5, -1]) {
        const { loss, byOffset, call } = run(objective, makeBatch(), { offset });
        const { weight = () => 1 } = objective;
        const mean = call.time.reduce((sum, time) => sum + weight(time), 0) / call.time.length;
        expect(loss / (mean * offset ** 2)).toBeCloseTo(1, 5);
        expect(byOffset / (2 * mean * offset)).toBeCloseTo(1, 5);
      }
    },
  },
  {
    title: 'hands labels to the model row for row, and none where there are none',
    check: (objective) => {
      expect([...(run(objective, makeBatch(true)).call.labels ?? [])]).toEqual([7, 6, 5, 4, 3, 2]);
      expect(run(objective, makeBatch()).call.labels).toBeUndefined();
    },
  },
  {
    title: 'hands the model a dropout seed, drawn from the stream',
    check: (objective) => {
      const seed = (of: number) => run(objective, makeBatch(), { seed: of }).call.dropoutSeed?.[0];
      expect(Number.isInteger(seed(1))).toBe(true);
      expect(seed(1)).toBe(seed(1));
      expect(seed(1)).not.toBe(seed(2));
    },
  },
  {
    title:
      'prepares inputs that are the same for the same stream, others for another, and leaves the batch as it was',
    check: ({ objective }) => {
      const batch = makeBatch(true);
      const inputs = (seed: number) =>
        Object.entries(objective.prepare(batch, createRng(seed), 3)).map(([name, a]) => [
          name,
          a.shape,
          [...a.data],
        ]);
      expect(inputs(1)).toEqual(inputs(1));
      expect(inputs(1)).not.toEqual(inputs(2));
      expect(batch).toEqual(makeBatch(true));
    },
  },
  {
    title: 'prepares inputs whose names, shapes and dtypes stay the same over a run',
    check: ({ objective }) => {
      const batch = makeBatch(true);
      const form = (step: number) =>
        Object.entries(objective.prepare(batch, createRng(step), step)).map(([name, a]) => [
          name,
          a.shape,
          a.dtype,
        ]);
      expect(form(100_000)).toEqual(form(0));
    },
  },
  {
    title: 'makes one tensor, a scalar, and leaves its inputs alone',
    check: ({ objective }) => {
      const inputs = toTensors(objective.prepare(makeBatch(true), createRng(1), 0));
      const model: Model = { init: () => ({}), apply: (_, x) => tf.mul(x, 2) };
      const before = tf.memory().numTensors;
      const loss = objective.loss(model, {}, inputs);
      expect(loss.shape).toEqual([]);
      expect(tf.memory().numTensors).toBe(before + 1);
      tf.dispose([loss, ...Object.values(inputs)]);
    },
  },
];

/**
 * The contract suite of objectives. The first law is the one that minibatch couplings need: a noise that is permuted
 * on its way into the sample must be permuted on its way into the target too.
 */
export function describeObjective(name: string, objective: () => ObjectiveCase): void {
  describe(`objective: ${name}`, () => {
    it.each(objectiveLaws)('$title', ({ check }) => check(objective()));
  });
}
