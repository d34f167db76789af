import '@tensorflow/tfjs';
import { consistencyView } from '@immiscible/consistency';
import * as sampling from '@immiscible/sampling';
import { describeConvergence, type MethodNetwork, solversOf } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

/** Song et al. 2023, appendix C: `f(x, σ) = c_skip·x + c_out·F(x/√(σ² + ¼), 250·ln σ)`, c_skip and c_out of `σ − σ_min`. */
const SIGMA_MIN = 0.002;
const sigmaOf = (time: number) => Math.exp(time / 250);
const denoiser: MethodNetwork = {
  scales: (time) => ({ signalScale: 1, noiseScale: sigmaOf(time) }),
  input: (time) => 1 / Math.hypot(sigmaOf(time), 0.5),
  answer: (time) => {
    const above = sigmaOf(time) - SIGMA_MIN;
    const [skip, out] = [0.25 / (above ** 2 + 0.25), (0.5 * above) / Math.hypot(sigmaOf(time), 0.5)];
    // At the lowest level the answer has no weight.
    return above < 1e-6 ? { x0: 0, xt: 0 } : { x0: 1 / out, xt: -skip / out };
  },
};

// A consistency function that answers as a denoiser, as one is at the start of consistency tuning: then there is an ODE to solve.
describeConvergence('a consistency function that is a denoiser', {
  ...{ view: consistencyView({ clip: false }), network: denoiser, span: [2.5, 0.25] },
  ...solversOf(sampling),
});
