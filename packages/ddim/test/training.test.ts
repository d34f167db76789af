import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { ddimObjective } from '@immiscible/ddim';
import { linearSchedule, minSnrWeighting, type Prediction } from '@immiscible/schedulers';
import { availableBackends, describeTrainingStep, type TrainingStep } from '@immiscible/testing';
import { beforeAll, describe } from 'vitest';

interface Step {
  readonly prediction: Prediction;
  readonly gamma: number | null;
  readonly loss: number;
  readonly gradients: readonly number[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/training.json', import.meta.url), 'utf8')) as {
  shape: number[];
  x0: number[];
  noise: number[];
  timesteps: number[];
  weights: number[];
  steps: Step[];
};

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  const { shape, x0, noise, timesteps, weights } = fixture;
  const steps = fixture.steps.map(({ prediction, gamma, loss, gradients }): TrainingStep => ({
    name: `${prediction}, min-SNR ${gamma}`,
    objective: () =>
      ddimObjective({
        ...{ schedule: linearSchedule(), prediction, timesteps: () => Int32Array.from(timesteps) },
        ...(gamma !== null && { weighting: minSnrWeighting({ gamma }) }),
      }),
    ...{ shape, x0, noise, weights, loss, gradients },
  }));
  describeTrainingStep(steps);
});
