import '@tensorflow/tfjs';
import { flowView } from '@immiscible/flow-matching';
import * as sampling from '@immiscible/sampling';
import { describeConvergence, type MethodNetwork, solversOf } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

/** The velocity `noise − x0` of `xt = (1 − t)·x0 + t·noise`, at time `timeScale·t`. */
const velocity = (timeScale: number): MethodNetwork => ({
  scales: (time) => ({ signalScale: 1 - time / timeScale, noiseScale: time / timeScale }),
  // The expected noise in a sample without any is 0.
  answer: (time) => (time === 0 ? { x0: 0, xt: -1 } : { x0: -timeScale / time, xt: timeScale / time }),
});

describeConvergence('rectified flow', {
  ...{ view: flowView(), network: velocity(1000), span: [0.8, 0.18] },
  ...solversOf(sampling),
});
describeConvergence('rectified flow on another scale of time', {
  ...{ view: flowView({ timeScale: 3 }), network: velocity(3), span: [0.8, 0.18] },
  ...solversOf(sampling),
});
