import '@tensorflow/tfjs';
import * as coupling from '@immiscible/coupling';
import { edmObjective, edmScales } from '@immiscible/edm';
import { couplingsOf, describePairing } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const couplings = couplingsOf(coupling);

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
