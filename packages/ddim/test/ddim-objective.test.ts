import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  edmWeighting,
  linearSchedule,
  minSnrWeighting,
  type Prediction,
  rescaleZeroTerminalSnr,
  scalesAt,
  softMinSnrWeighting,
} from '@immiscible/schedulers';
import { describeObjective, type ObjectiveCase, objectiveLaws } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { ddimObjective } from '@immiscible/ddim';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const kinds: readonly Prediction[] = ['epsilon', 'x0', 'vPrediction'];
const schedules = { linear: linearSchedule(), 'zero terminal SNR': rescaleZeroTerminalSnr(linearSchedule()) };

function objectiveCase(schedule: typeof schedules.linear, prediction: Prediction): ObjectiveCase {
  const scales = (t: number) => scalesAt(schedule, t);
  return {
    objective: ddimObjective({ schedule, prediction }),
    noisy: (x0, noise, t) => scales(t).signalScale * x0 + scales(t).noiseScale * noise,
    target: (x0, noise, t) =>
      ({ x0, epsilon: noise, vPrediction: scales(t).signalScale * noise - scales(t).noiseScale * x0 })[
        prediction
      ],
  };
}

for (const [name, schedule] of Object.entries(schedules)) {
  for (const kind of kinds) describeObjective(`${kind}, ${name}`, () => objectiveCase(schedule, kind));
}

const weightings = { minSnr: minSnrWeighting(), softMinSnr: softMinSnrWeighting(), edm: edmWeighting() };
for (const [name, weighting] of Object.entries(weightings)) {
  for (const kind of kinds) {
    describeObjective(`${kind}, ${name}`, () => ({
      ...objectiveCase(schedules.linear, kind),
      objective: ddimObjective({ schedule: schedules.linear, prediction: kind, weighting }),
      weight: (t) => weighting(schedules.linear, kind)[t]!,
    }));
  }
}

describe('the contract suite', () => {
  const laws = (test: ObjectiveCase) =>
    objectiveLaws.map(({ check }) => {
      try {
        check(test);
        return 'holds';
      } catch {
        return 'broken';
      }
    });

  it.each(['epsilon', 'vPrediction'] as const)(
    'fails an objective that permutes noise for xt alone: %s',
    (kind) => {
      const sound = objectiveCase(schedules.linear, kind);
      const broken: ObjectiveCase = {
        ...sound,
        objective: {
          prepare: (...args) => sound.objective.prepare(...args),
          // The target sees the noise as it came, the model a sample with the rows reversed.
          loss: (model, params, inputs) => {
            const permuting: Model = {
              ...model,
              apply: (p, x, time, options) => {
                const noiseScale = tf.reshape(inputs['noiseScale'] as tf.Tensor, [-1, 1, 1, 1]);
                const noise = inputs['noise'] as tf.Tensor4D;
                const swap = tf.mul(noiseScale, tf.sub(tf.reverse(noise, 0), noise));
                return model.apply(p, tf.add(x, swap), time, options);
              },
            };
            return sound.objective.loss(permuting, params, inputs);
          },
        },
      };
      expect(laws(sound)).not.toContain('broken');
      expect(laws(broken).slice(0, 2)).toEqual(['broken', 'broken']);
    },
  );

  it('fails an objective that weighs errors otherwise than it says', () => {
    const schedule = schedules.linear;
    const sound: ObjectiveCase = {
      ...objectiveCase(schedule, 'x0'),
      objective: ddimObjective({ schedule, prediction: 'x0', weighting: minSnrWeighting() }),
    };
    expect(laws({ ...sound, weight: (t) => 1 + minSnrWeighting()(schedule, 'x0')[t]! })[2]).toBe('broken');
  });

  it('fails an objective that draws noise of its own', () => {
    const sound = objectiveCase(schedules.linear, 'epsilon');
    const prepare: typeof sound.objective.prepare = (batch, rng, step) => {
      const noise = ndarray(rng.fillNormal(new Float32Array(batch.noise.data.length)), batch.noise.shape);
      return sound.objective.prepare({ ...batch, noise }, rng, step);
    };
    expect(laws({ ...sound, objective: { ...sound.objective, prepare } })[0]).toBe('broken');
  });
});

describe('ddimObjective', () => {
  const batch = () => {
    const rng = createRng(1);
    const images = () => ndarray(rng.fillNormal(new Float32Array(64)), [64, 1, 1, 1]);
    return { x0: images(), noise: images() };
  };

  it("looks the scales of its timesteps up in the schedule's float64 tables", () => {
    const schedule = schedules.linear;
    const { timestep, signalScale, noiseScale } = ddimObjective({ schedule, prediction: 'x0' }).prepare(
      batch(),
      createRng(2),
      0,
    );
    expect([timestep, signalScale, noiseScale].map(({ shape }) => shape)).toEqual([[64], [64], [64]]);
    timestep.data.forEach((t, i) => {
      expect(signalScale.get(i)).toBe(Math.fround(Math.sqrt(schedule.alphaBar[t]!)));
      expect(noiseScale.get(i)).toBe(Math.fround(Math.sqrt(1 - schedule.alphaBar[t]!)));
    });
    expect(new Set(timestep.data).size).toBeGreaterThan(50);
  });

  it('takes its timesteps from another draw', () => {
    const timesteps = (count: number, total: number) => new Int32Array(count).fill(total - 1);
    const objective = ddimObjective({ schedule: schedules.linear, prediction: 'x0', timesteps });
    expect(new Set(objective.prepare(batch(), createRng(2), 0).timestep.data)).toEqual(new Set([999]));
  });

  it('refuses a batch whose parts do not fit, and a model that changes the shape', () => {
    const objective = ddimObjective({ schedule: schedules.linear, prediction: 'x0' });
    const { x0, noise } = batch();
    const other = ndarray(noise.data, [32, 2, 1, 1]);
    expect(() => objective.prepare({ x0, noise: other }, createRng(0), 0)).toThrow(
      /batch.noise must be of shape/,
    );
    expect(() => objective.prepare({ x0, noise, labels: Int32Array.of(1) }, createRng(0), 0)).toThrow(
      /labels must be/,
    );
    tf.tidy(() => {
      const inputs = objective.prepare({ x0, noise }, createRng(0), 0);
      const tensors = Object.fromEntries(
        Object.entries(inputs).map(([name, a]) => [name, tf.tensor(a.data, a.shape)]),
      ) as unknown as Parameters<typeof objective.loss>[2];
      const model: Model = { init: () => ({}), apply: () => tf.zeros([1, 1, 1, 1]) };
      expect(() => objective.loss(model, {}, tensors)).toThrow(
        /the model's output must be of shape \[64,1,1,1\]/,
      );
    });
  });
});
