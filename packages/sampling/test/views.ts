import {
  denoiserView,
  straightPath,
  varianceExploding,
  variancePreserving,
  type View,
} from '@immiscible/sampling';
import type { MethodNetwork } from '@immiscible/testing';

/** A view in a frame, what its networks answer, and a stretch of its axis far from both ends. */
export interface FrameCase {
  readonly name: string;
  readonly view: View;
  readonly network: MethodNetwork;
  readonly span: readonly [from: number, to: number];
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

const v: MethodNetwork = {
  scales: variancePreserving.at,
  answer: (sigma) => {
    const { signalScale: s, noiseScale: n } = variancePreserving.at(sigma);
    return n === 0 ? { x0: 0, xt: 0 } : { x0: -1 / n, xt: s / n };
  },
};

const velocityView: View = {
  frame: straightPath,
  read: (t) => ({ time: t, x0: { xt: 1, output: -t }, noise: { xt: 1, output: 1 - t } }),
  grid: even(1, 0),
  reach: [1, 0],
  initialScale: () => 1,
};

const velocity: MethodNetwork = {
  scales: straightPath.at,
  // The expected noise in a sample without any is 0.
  answer: (t) => (t === 0 ? { x0: 0, xt: -1 } : { x0: -1 / t, xt: 1 / t }),
};
const denoised: MethodNetwork = { scales: varianceExploding.at, answer: () => ({ x0: 1, xt: 0 }) };

/** One view in each frame. */
export const FRAME_CASES: readonly FrameCase[] = [
  { name: 'a denoiser along σ', view: denoiserView(), network: denoised, span: [2.5, 0.25] },
  { name: 'v of a diffusion process along σ', view: vView, network: v, span: [2.5, 0.25] },
  { name: 'the velocity of a flow along t', view: velocityView, network: velocity, span: [0.8, 0.18] },
];
