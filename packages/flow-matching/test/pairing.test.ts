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
import { flowMatchingObjective, logitNormalTimes, uniformTimes } from '@immiscible/flow-matching';
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

for (const [name, times] of Object.entries({ uniform: uniformTimes, 'logit-normal': logitNormalTimes() })) {
  describePairing(
    `rectified flow, ${name} times`,
    () => ({
      objective: flowMatchingObjective({ times }),
      noisy: (x0, noise, time) => (1 - time / 1000) * x0 + (time / 1000) * noise,
      target: (x0, noise) => noise - x0,
    }),
    couplings,
  );
}
