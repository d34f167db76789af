import '@tensorflow/tfjs';
import type { BatchTransform } from '@immiscible/core';
import {
  chain,
  flippedAssignment,
  independent,
  linearAssignment,
  nearestNoise,
  sinkhornCoupling,
  withinClasses,
} from '@immiscible/coupling';
import { ddimObjective } from '@immiscible/ddim';
import { linearSchedule, type Prediction, scalesAt } from '@immiscible/schedulers';
import { describePairing } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const couplings: Record<string, BatchTransform> = {
  independent: independent(),
  linearAssignment: linearAssignment(),
  'linearAssignment, squared and within classes': withinClasses(linearAssignment({ cost: 'squaredL2' })),
  nearestNoise: nearestNoise({ candidates: 4 }),
  flippedAssignment: flippedAssignment(),
  sinkhornCoupling: sinkhornCoupling(),
  'nearestNoise, then linearAssignment': chain(nearestNoise({ candidates: 2 }), linearAssignment()),
};

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
