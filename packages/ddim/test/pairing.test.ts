import '@tensorflow/tfjs';
import * as coupling from '@immiscible/coupling';
import { ddimObjective } from '@immiscible/ddim';
import { linearSchedule, type Prediction, scalesAt } from '@immiscible/schedulers';
import { couplingsOf, describePairing } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const couplings = couplingsOf(coupling);

const schedule = linearSchedule();
for (const prediction of ['epsilon', 'x0', 'vPrediction'] as const satisfies Prediction[]) {
  describePairing(
    prediction,
    () => ({
      objective: ddimObjective({ schedule, prediction }),
      noisy: (x0, noise, t) => {
        const { signalScale, noiseScale } = scalesAt(schedule, t);
        return signalScale * x0 + noiseScale * noise;
      },
      target: (x0, noise, t) => {
        const { signalScale, noiseScale } = scalesAt(schedule, t);
        return { x0, epsilon: noise, vPrediction: signalScale * noise - noiseScale * x0 }[prediction];
      },
    }),
    couplings,
  );
}
