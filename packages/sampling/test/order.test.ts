import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import {
  ancestral,
  CLASSIC_4,
  ddim,
  DORMAND_PRINCE,
  dormandPrince,
  dpmSolver,
  EULER,
  type GridSolver,
  HEUN,
  MIDPOINT,
  RALSTON,
  rungeKutta,
  sample,
  type SampleOptions,
  singleStepDpm,
  type Solver,
} from '@immiscible/sampling';
import { mixtureFlow } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { KNOWN, type Known } from './views.js';

beforeAll(() => tf.setBackend('cpu'));

const START = Float32Array.of(-1.9, -1.1, -0.4, -0.1, 0.3, 0.9, 1.4, 2.2);

/** The root mean square by which a solver misses where the ODE leads, from one end of the span to the other. */
async function miss(known: Known, solver: Solver, grid: readonly number[]): Promise<number> {
  const { view, model } = known;
  const options: SampleOptions = {
    ...{ view: { ...view, initialScale: () => 1 }, solver, grid },
    ...{ count: 1, imageShape: [8, 1, 1], rng: createRng(0), initial: ndarray(START, [1, 8, 1, 1]) },
  };
  const { data } = await sample(model, {}, options);
  const [from, to] = [view.frame.at(grid[0]!), view.frame.at(grid.at(-1)!)];
  const squares = Array.from(data, (x, i) => (x - mixtureFlow(START[i]!, from, to)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** Values of the axis whose ratios of noise to signal have even logarithms. */
function evenInLambda({ view: { frame }, span: [from, to] }: Known, steps: number): number[] {
  const ratio = (u: number) => frame.at(u).noiseScale / frame.at(u).signalScale;
  const inner = Array.from({ length: steps - 1 }, (_, i) => {
    const share = (i + 1) / steps;
    return frame.ofRatio(ratio(from) ** (1 - share) * ratio(to) ** share);
  });
  return [from, ...inner, to];
}

/**
 * With a first step of length h^1.5: it is of order 1, and its error of h² would be that of the whole in a method of order 3,
 * which is to be started by smaller steps.
 */
function shortStart(known: Known, grid: readonly number[]): number[] {
  const { frame } = known.view;
  const ratio = (u: number) => frame.at(u).noiseScale / frame.at(u).signalScale;
  const [first, second] = grid.slice(0, 2).map(ratio) as [number, number];
  const h = Math.log(first / second);
  return [grid[0]!, frame.ofRatio(first * Math.exp(-0.5 * h ** 1.5)), ...grid.slice(1)];
}

/** Each with the number of steps from which its error falls by its order, and is far above float32's. */
const solvers: readonly (readonly [name: string, solver: GridSolver, order: number, steps: number])[] = [
  ['Euler', rungeKutta(EULER), 1, 32],
  ['midpoint', rungeKutta(MIDPOINT), 2, 16],
  ['Heun', rungeKutta(HEUN), 2, 16],
  ['Ralston', rungeKutta(RALSTON), 2, 16],
  ['RK4', rungeKutta(CLASSIC_4), 4, 5],
  ['Dormand-Prince', rungeKutta(DORMAND_PRINCE), 5, 3],
  ['DDIM', ddim(), 1, 32],
  ['DPM-Solver++(1)', dpmSolver({ order: 1 }), 1, 32],
  ['DPM-Solver++(2M)', dpmSolver({ order: 2 }), 2, 24],
  ['DPM-Solver++(3M)', dpmSolver({ order: 3 }), 3, 16],
  ['DPM-Solver++(2S)', singleStepDpm({ order: 2 }), 2, 12],
  ['DPM-Solver++(3S)', singleStepDpm({ order: 3 }), 3, 8],
];

describe.each(KNOWN)('of $name', (known) => {
  it.each(solvers)('%s is of its order', async (name, solver, order, steps) => {
    const grid = (count: number) => {
      const even = evenInLambda(known, count);
      return name === 'DPM-Solver++(3M)' ? shortStart(known, even) : even;
    };
    const coarse = await miss(known, solver, grid(steps));
    const fine = await miss(known, solver, grid(2 * steps));
    const measured = Math.log2(coarse / fine);
    expect(fine).toBeGreaterThan(5e-8);
    expect(coarse).toBeLessThan(0.05);
    expect(measured).toBeGreaterThan(order - 0.4);
    expect(measured).toBeLessThan(order + 1.6);
  });

  it('the adaptive method keeps to its tolerance', async () => {
    const { span } = known;
    for (const tolerance of [1e-2, 1e-3, 1e-4]) {
      const solver = dormandPrince({ relativeTolerance: tolerance, absoluteTolerance: tolerance });
      expect(await miss(known, solver, span)).toBeLessThan(5 * tolerance);
    }
  });

  it('a step from pure noise or to no noise is finite, by every solver', async () => {
    const { view, model } = known;
    const grid = [view.reach[0]!, known.span[0], known.span[1], 0];
    for (const [, solver] of solvers) {
      const shared = { count: 3, imageShape: [2, 2, 1] as const, rng: createRng(1) };
      const images = await sample(model, {}, { ...shared, view, solver, grid });
      for (const value of images.data) expect(Math.abs(value)).toBeLessThan(4);
    }
    const images = await sample(
      model,
      {},
      {
        ...{ view, solver: dormandPrince(), count: 3, imageShape: [2, 2, 1], rng: createRng(1) },
      },
    );
    for (const value of images.data) expect(Math.abs(value)).toBeLessThan(4);
  });
});

describe('of data that is one image', () => {
  const model = { init: () => ({}), apply: (_: unknown, x: tf.Tensor4D) => tf.mul(tf.onesLike(x), 0.3) };
  it.each([
    ['DDIM', ddim()],
    ['DDPM', ancestral()],
    ['DPM-Solver++(3M)', dpmSolver({ order: 3 })],
    ['SDE-DPM-Solver++(2M)', dpmSolver({ order: 2, eta: 1 })],
    ['DPM-Solver++(2S)', singleStepDpm()],
    ['Heun', rungeKutta(HEUN)],
  ] as const)('%s keeps the law of every level', async (_, solver) => {
    // From N(x0, σ²) to N(x0, σ′²): the mean, and the variance of 4,000 draws to 5 standard errors.
    const view = KNOWN[0]!.view;
    const shared = { count: 1, imageShape: [80, 50, 1] as const, rng: createRng(5) };
    const images = await sample(model as never, {}, { ...shared, view, solver, grid: [80, 20, 5, 2, 1] });
    const mean = images.data.reduce((sum, x) => sum + x, 0) / 4000;
    const variance = images.data.reduce((sum, x) => sum + (x - 0.3) ** 2, 0) / 4000;
    expect(Math.abs(mean - 0.3)).toBeLessThan(5 / Math.sqrt(4000));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
  });
});
