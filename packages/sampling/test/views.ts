import type { Model } from '@immiscible/core/tensors';
import {
  denoiserView,
  type Frame,
  straightPath,
  varianceExploding,
  variancePreserving,
  type View,
} from '@immiscible/sampling';
import { mixtureDenoised } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';

/** A view in a frame, a network that is right for the mixture in it, and a stretch of its axis far from both ends. */
export interface Known {
  readonly name: string;
  readonly view: View;
  readonly model: Model;
  readonly span: readonly [from: number, to: number];
}

/** What each network answers with, from the sample and the exact estimate: as its view reads it. */
type Answer = (
  x: tf.Tensor4D,
  x0: tf.Tensor4D,
  each: (of: (u: number) => number) => tf.Tensor4D,
) => tf.Tensor4D;

function exact(frame: Frame, answer: Answer): Model {
  return {
    init: () => ({}),
    apply: (_, x, time) =>
      tf.tidy(() => {
        const us = Array.from(time.dataSync());
        const x0 = mixtureDenoised(x, us.map(frame.at));
        return answer(x, x0, (of) => tf.tensor4d(us.map(of), [us.length, 1, 1, 1]));
      }),
  };
}

const even = (from: number, to: number) => (steps: number) =>
  Array.from({ length: steps + 1 }, (_, i) => from + (i / steps) * (to - from));

/** v of a diffusion process: `s·x − n·v` is the image, `n·x + s·v` the noise. */
const vView: View = {
  frame: variancePreserving,
  read: (sigma) => {
    const { signalScale: s, noiseScale: n } = variancePreserving.at(sigma);
    return { time: Math.min(sigma, 1e30), x0: { xt: s, output: -n }, noise: { xt: n, output: s } };
  },
  grid: even(3, 0.2),
  reach: [Infinity, 3, 0.2, 0],
  initialScale: () => 1,
};

const velocityView: View = {
  frame: straightPath,
  read: (t) => ({ time: t, x0: { xt: 1, output: -t }, noise: { xt: 1, output: 1 - t } }),
  grid: even(1, 0),
  reach: [1, 0],
  initialScale: () => 1,
};

export const VE: Known = {
  name: 'a denoiser along σ',
  view: denoiserView(),
  model: exact(varianceExploding, (_, x0) => x0),
  span: [2.5, 0.25],
};
export const VP: Known = {
  name: 'v of a diffusion process along σ',
  view: vView,
  model: exact(variancePreserving, (x, x0, each) => {
    const scales = (of: 'signalScale' | 'noiseScale') => each((sigma) => variancePreserving.at(sigma)[of]);
    return tf.div(tf.sub(tf.mul(x, scales('signalScale')), x0), tf.maximum(scales('noiseScale'), 1e-6));
  }),
  span: [2.5, 0.25],
};
export const FLOW: Known = {
  name: 'the velocity of a flow along t',
  view: velocityView,
  model: exact(straightPath, (x, x0, each) =>
    tf.div(
      tf.sub(x, x0),
      each((t) => Math.max(t, 1e-6)),
    ),
  ),
  span: [0.75, 0.2],
};
export const KNOWN: readonly Known[] = [VE, VP, FLOW];
