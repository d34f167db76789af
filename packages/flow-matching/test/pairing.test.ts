import '@tensorflow/tfjs';
import * as coupling from '@immiscible/coupling';
import { flowMatchingObjective, logitNormalTimes, uniformTimes } from '@immiscible/flow-matching';
import { couplingsOf, describePairing } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const couplings = couplingsOf(coupling);

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
