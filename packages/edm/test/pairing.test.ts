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
import { edmObjective, edmScales } from '@immiscible/edm';
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

describePairing(
  'EDM',
  () => ({
    objective: edmObjective(),
    noisy: (x0, noise, time) => edmScales(Math.exp(4 * time)).in * (x0 + Math.exp(4 * time) * noise),
    target: (x0, noise, time) => {
      const { skip, out } = edmScales(Math.exp(4 * time));
      return (x0 - skip * (x0 + Math.exp(4 * time) * noise)) / out;
    },
  }),
  couplings,
);
