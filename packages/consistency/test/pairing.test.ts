import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model, Objective } from '@immiscible/core/tensors';
import * as coupling from '@immiscible/coupling';
import {
  consistencyDistillation,
  consistencyScales,
  consistencyTraining,
  easyConsistencyTuning,
  improvedConsistencyTraining,
} from '@immiscible/consistency';
import {
  checkPairing,
  couplingsOf,
  describeObjective,
  describePairing,
  type ObjectiveCase,
} from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const couplings = couplingsOf(coupling);

/** The network's time back to σ; ECT's levels go down to 0, whose time is that of 1e-4. */
const levelOf = (time: number, sigmaMin: number): number => {
  const sigma = Math.exp(time / 250);
  return sigma < 1.001e-4 ? 0 : Math.max(sigma, sigmaMin);
};

/** Formulas for the consistency function that gives `x0 + sigmaMin·noise`: the start of each pair's own path. */
function formulas(sigmaMin: number): Pick<ObjectiveCase, 'noisy' | 'target' | 'passes' | 'kind'> {
  const at = (x0: number, noise: number, time: number) => {
    const sigma = levelOf(time, sigmaMin);
    return { xt: x0 + sigma * noise, ...consistencyScales(sigma, { sigmaMin }) };
  };
  return {
    noisy: (x0, noise, time) => {
      const { xt, in: inner } = at(x0, noise, time);
      return inner * xt;
    },
    target: (x0, noise, time) => {
      const { xt, skip, out } = at(x0, noise, time);
      return out === 0 ? 0 : (x0 + sigmaMin * noise - skip * xt) / out;
    },
    ...{ passes: 2, kind: 'other' },
  };
}

const cases: Record<string, () => ObjectiveCase> = {
  // At the two levels of its usual start an answer hardly depends on noise.
  consistencyTraining: () => ({
    objective: consistencyTraining({ steps: 100, first: 10 }),
    ...formulas(0.002),
  }),
  // A pseudo-Huber distance is steep at its bottom, and pairs of near levels weigh much.
  improvedConsistencyTraining: () => ({
    objective: improvedConsistencyTraining({ steps: 100 }),
    ...{ ...formulas(0.002), magnification: 1e4 },
  }),
  easyConsistencyTuning: () => ({
    objective: easyConsistencyTuning({ stageSteps: 10 }),
    ...{ ...formulas(0), magnification: 1e4 },
  }),
};
const distillation = (denoiser: Model, order: 1 | 2) =>
  consistencyDistillation({ teacher: { denoiser, params: {} }, order });
for (const order of [1, 2] as const) {
  cases[`consistencyDistillation of order ${order}`] = () => ({
    objective: distillation({ init: () => ({}), apply: (_, x) => tf.mul(x, 0.5) }, order),
    // A teacher that knows the images goes straight: the lower sample is the image with the same noise.
    objectiveFor: ({ x0 }) =>
      distillation({ init: () => ({}), apply: (_, x) => tf.tensor4d(x0.data, x.shape) }, order),
    ...formulas(0.002),
  });
}
for (const [name, objective] of Object.entries(cases)) {
  describeObjective(name, objective);
  describePairing(name, objective, couplings);
}

describe('the pairing suite', () => {
  const broken = (sound: ObjectiveCase, loss: Objective['loss']): ObjectiveCase => ({
    ...sound,
    objective: { prepare: (...args) => sound.objective.prepare(...args), loss },
  });

  it('fails an objective that has other noise at the lower level than at the higher', async () => {
    for (const make of Object.values(cases)) {
      const sound = make();
      // Its lower sample is made of the higher.
      if (sound.objectiveFor) continue;
      await checkPairing(sound, coupling.linearAssignment());
      const other = broken(sound, (model, params, inputs, aux) => {
        let pass = 0;
        const permuting: Model = {
          ...model,
          apply: (p, x, time, options) =>
            model.apply(p, pass++ === 0 ? (tf.reverse(x, 0) as tf.Tensor4D) : x, time, options),
        };
        return sound.objective.loss(permuting, params, inputs, aux);
      });
      await expect(checkPairing(other, coupling.linearAssignment())).rejects.toThrow();
      await expect(checkPairing(other, coupling.independent())).rejects.toThrow();
    }
  });

  it('fails an objective that undoes a coupling, which without one would pass', async () => {
    const sound = (cases['consistencyTraining'] as () => ObjectiveCase)();
    const undoing: ObjectiveCase = {
      ...sound,
      objective: {
        ...sound.objective,
        prepare: (batch, rng, step) => {
          // The noise that the suite draws, before any coupling.
          const drawn = createRng(11).split('noise').fillNormal(new Float32Array(batch.noise.size));
          const noise = ndarray(drawn, [...batch.noise.shape]);
          return sound.objective.prepare({ ...batch, noise }, rng, step);
        },
      },
    };
    await checkPairing(undoing, coupling.independent());
    await expect(checkPairing(undoing, coupling.linearAssignment())).rejects.toThrow();
  });
});
