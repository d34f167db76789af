import '@tensorflow/tfjs';
import { edmView } from '@immiscible/edm';
import * as sampling from '@immiscible/sampling';
import { describeConvergence, type MethodNetwork, solversOf } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

/** Karras et al. 2022, table 1: `D(x, σ) = c_skip·x + c_out·F(c_in·x, timeScale·ln σ)` */
const network = (sigmaData: number, timeScale: number): MethodNetwork => {
  const sigmaOf = (time: number) => Math.exp(time / timeScale);
  const power = (time: number) => sigmaOf(time) ** 2 + sigmaData ** 2;
  return {
    scales: (time) => ({ signalScale: 1, noiseScale: sigmaOf(time) }),
    input: (time) => 1 / Math.sqrt(power(time)),
    answer: (time) => {
      const skip = sigmaData ** 2 / power(time);
      const out = (sigmaOf(time) * sigmaData) / Math.sqrt(power(time));
      return { x0: 1 / out, xt: -skip / out };
    },
  };
};

describeConvergence('EDM', {
  ...{ view: edmView(), network: network(0.5, 0.25), span: [2.5, 0.25] },
  ...solversOf(sampling),
});
describeConvergence('EDM of other scales', {
  ...{ view: edmView({ sigmaData: 1.3, timeScale: 250 }), network: network(1.3, 250), span: [2.5, 0.25] },
  ...solversOf(sampling),
});
