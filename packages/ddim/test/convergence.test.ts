import '@tensorflow/tfjs';
import { diffusionView } from '@immiscible/ddim';
import * as sampling from '@immiscible/sampling';
import {
  cosineSchedule,
  linearSchedule,
  type NoiseSchedule,
  type Prediction,
  rescaleZeroTerminalSnr,
} from '@immiscible/schedulers';
import { describeConvergence, type MethodNetwork, solversOf } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

/** Of Ho et al. 2020, and v of Salimans & Ho 2022; between two timesteps ln σ is linear. */
function network({ alphaBar }: NoiseSchedule, prediction: Prediction): MethodNetwork {
  const lnSigma = (t: number) => Math.log((1 - (alphaBar[t] as number)) / (alphaBar[t] as number)) / 2;
  const scales = (time: number) => {
    const [below, share] = [Math.floor(time), time - Math.floor(time)];
    const level = share === 0 ? lnSigma(below) : (1 - share) * lnSigma(below) + share * lnSigma(below + 1);
    if (level === Infinity) return { signalScale: 0, noiseScale: 1 };
    return {
      signalScale: 1 / Math.hypot(1, Math.exp(level)),
      noiseScale: 1 / Math.hypot(1, Math.exp(-level)),
    };
  };
  const answer = (time: number) => {
    const { signalScale: s, noiseScale: n } = scales(time);
    // ε = (xt − s·x0)/n, v = s·ε − n·x0
    const of = {
      epsilon: { x0: -s / n, xt: 1 / n },
      x0: { x0: 1, xt: 0 },
      vPrediction: { x0: -1 / n, xt: s / n },
    };
    return of[prediction];
  };
  return { scales, answer };
}

const cases: readonly (readonly [name: string, schedule: NoiseSchedule, prediction: Prediction])[] = [
  ['ε of a diffusion process', linearSchedule(), 'epsilon'],
  ['x0 of a diffusion process', cosineSchedule(), 'x0'],
  ['v of a diffusion process from pure noise', rescaleZeroTerminalSnr(linearSchedule()), 'vPrediction'],
];
for (const [name, schedule, prediction] of cases) {
  const view = diffusionView({ schedule, prediction });
  const method = { view, network: network(schedule, prediction), span: [2.5, 0.25] as const };
  describeConvergence(name, { ...method, ...solversOf(sampling) });
}
