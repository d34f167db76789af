import { type Batch, createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import {
  expectFollowed,
  expectPaired,
  makeBatch,
  type ObjectiveCase,
  PIXELS,
  run,
  SHAPE,
  toTensors,
} from './objective-oracle.js';

/** A statement that holds for every objective; `check` throws where it doesn't. */
export interface ObjectiveLaw {
  /** For the title of its test. */
  readonly title: string;
  /** Throws where it doesn't hold. */
  readonly check: (objective: ObjectiveCase) => void;
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
      expectFollowed(objective, independent, batch);
    },
  },
  {
    title:
      'is the mean squared error, weighted: an answer off by c costs the mean weight times c², with gradient 2c',
    check: (objective) => {
      if (objective.kind === 'other') return;
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
      for (const { labels } of run(objective, makeBatch(true)).calls)
        expect([...(labels ?? [])]).toEqual([7, 6, 5, 4, 3, 2]);
      for (const { labels } of run(objective, makeBatch()).calls) expect(labels).toBeUndefined();
    },
  },
  {
    title: 'hands the model a dropout seed, drawn from the stream, the same one in all passes',
    check: (objective) => {
      const seed = (of: number) => {
        const seeds = run(objective, makeBatch(), { seed: of }).calls.map(
          ({ dropoutSeed }) => dropoutSeed?.[0],
        );
        expect(new Set(seeds).size).toBe(1);
        return seeds[0];
      };
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
      const loss = objective.loss(model, {}, inputs, {});
      expect(loss.shape).toEqual([]);
      expect(tf.memory().numTensors).toBe(before + 1);
      tf.dispose([loss, ...Object.values(inputs)]);
    },
  },
];

/**
 * The contract suite of objectives. The first law is the one that minibatch couplings need: a noise that is permuted
 * on its way into the sample must be permuted on its way into the target too.
 *
 * @param name - for the title
 * @param objective - makes the case
 */
export function describeObjective(name: string, objective: () => ObjectiveCase): void {
  describe(`objective: ${name}`, () => {
    it.each(objectiveLaws)('$title', ({ check }) => check(objective()));
  });
}
