import { createRng, type Rng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { exactNetwork, type MethodNetwork } from './exact-network.js';
import { mixtureFlow, type Scales } from './gaussian-mixture.js';

/** What is needed of a `View` of `@immiscible/sampling`, to a package that doesn't import it. */
export interface SolvableView {
  /** How much image and how much noise there is at each value of the axis, and the value where noise and image are in a ratio. */
  readonly frame: {
    readonly at: (u: number) => Scales;
    readonly ofRatio: (ratio: number) => number;
  };
  /** The axis from pure noise to where the method ends, falling. */
  readonly reach: ArrayLike<number>;
}

/** A solver and what it promises. */
export interface SolverCase<S> {
  /** For the title. */
  readonly name: string;
  /** The solver. */
  readonly solver: S;
  /** Of its global error. */
  readonly order: number;
  /** The number of steps from which its error falls by its order while it is still far above float32's. */
  readonly steps: number;
  /**
   * Whether it begins with a shorter step, h^1.5 for h: where the first step is of order 1, its error of h² would be that of the
   * whole in a method of order 3. @defaultValue false
   */
  readonly shortStart?: boolean;
}

/** What {@link describeConvergence} gives to `sample` of `@immiscible/sampling`, or to whatever draws the samples. */
export interface SolvedProblem<V, S> {
  /** The method. */
  readonly view: V;
  /** The solver that is to be used. */
  readonly solver: S;
  /** Values of the view's axis, falling. */
  readonly grid: readonly number[];
  /** The mixture reaches beyond [−1, 1]. */
  readonly clip: false;
  /** How many images. */
  readonly count: number;
  /** `[H, W, C]` */
  readonly imageShape: readonly [number, number, number];
  /** Of the noise to start from where nothing is given. */
  readonly rng: Rng;
  /** What to start from. */
  readonly initial?: NdArray<Float32Array>;
}

/** Solvers, and the method whose ODE they solve. */
export interface ConvergenceCases<V extends SolvableView, S, A> {
  /** The method, as solvers see it. */
  readonly view: V;
  /** What the method's networks answer. */
  readonly network: MethodNetwork;
  /** A stretch of the view's axis, falling, far from both of its ends. */
  readonly span: readonly [from: number, to: number];
  /** Draws samples: `sample` of `@immiscible/sampling`. */
  readonly sample: (
    model: Model,
    params: Params,
    problem: SolvedProblem<V, S | A>,
  ) => Promise<NdArray<Float32Array>>;
  /** Solvers of given steps. */
  readonly solvers: readonly SolverCase<S>[];
  /** Makes an adaptive solver of a tolerance. */
  readonly adaptive?: (tolerance: number) => A;
}

const START = Float32Array.of(-1.9, -1.1, -0.4, -0.1, 0.3, 0.9, 1.4, 2.2);

/**
 * The suite of solvers and methods: on an ODE whose solution is known (pixels of a mixture of normal distributions keep their quantile), the
 * error of each solver falls by its order where steps are halved; an adaptive one keeps to its tolerance; and steps from pure noise
 * and to where the method ends are finite. A view that reads its network wrongly fails it as well as a solver that isn't of its order.
 *
 * @param name - for the title
 * @param cases - the method's view and networks, with `solversOf(sampling)` or solvers of one's own
 */
export function describeConvergence<V extends SolvableView, S, A = never>(
  name: string,
  cases: ConvergenceCases<V, S, A>,
): void {
  const { span, solvers, adaptive } = cases;
  describe(`convergence: ${name}`, () => {
    it.each(solvers)('$name is of order $order', async ({ solver, order, steps, shortStart = false }) => {
      const grid = (count: number) => evenGrid(cases, count, shortStart);
      const coarse = await rmsError(cases, solver, grid(steps));
      const fine = await rmsError(cases, solver, grid(2 * steps));
      const measured = Math.log2(coarse / fine);
      expect(fine).toBeGreaterThan(5e-8);
      expect(coarse).toBeLessThan(0.05);
      expect(measured).toBeGreaterThan(order - 0.4);
      // High orders are measured in few long steps, where terms of higher order still count.
      expect(measured).toBeLessThan(1.5 * order + 0.6);
    });

    if (adaptive)
      it('an adaptive solver keeps to its tolerance', async () => {
        for (const tolerance of [1e-2, 1e-3, 1e-4])
          expect(await rmsError(cases, adaptive(tolerance), span)).toBeLessThan(5 * tolerance);
      });

    it('a step from pure noise or to the end is finite, by every solver', async () => {
      for (const { solver } of solvers) await expectFinite(cases, solver);
      if (adaptive) await expectFinite(cases, adaptive(1e-5));
    });
  });
}

/** The root mean square by which a solver misses where the ODE leads, from one end of a grid to the other. */
async function rmsError<V extends SolvableView, S, A>(
  { view, network, sample }: ConvergenceCases<V, S, A>,
  solver: S | A,
  grid: readonly number[],
): Promise<number> {
  const model = exactNetwork(network);
  const { data } = await sample(
    model,
    {},
    {
      // The start is a sample as it is, no noise to be scaled.
      ...{ view: { ...view, initialScale: () => 1 }, solver, grid, clip: false },
      ...{ count: 1, imageShape: [8, 1, 1], rng: createRng(0), initial: ndarray(START, [1, 8, 1, 1]) },
    },
  );
  const [from, to] = [view.frame.at(grid[0] as number), view.frame.at(grid.at(-1) as number)];
  const squares = Array.from(data, (x, i) => (x - mixtureFlow(START[i] as number, from, to)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** A few long steps over all of the axis: explicit methods are inexact there, but their numbers are numbers. */
async function expectFinite<V extends SolvableView, S, A>(
  { view, network, span, sample }: ConvergenceCases<V, S, A>,
  solver: S | A,
): Promise<void> {
  const model = exactNetwork(network);
  const reach = Array.from(view.reach);
  const grid = [reach[0] as number, ...span, reach.at(-1) as number];
  const images = await sample(
    model,
    {},
    {
      ...{ view, solver, grid, clip: false, count: 3, imageShape: [2, 2, 1], rng: createRng(1) },
    },
  );
  for (const value of images.data) expect(value).toSatisfy(Number.isFinite);
}

/** Values of the axis whose ratios of noise to signal have even logarithms. */
function evenGrid<V extends SolvableView, S, A>(
  { view: { frame }, span: [from, to] }: ConvergenceCases<V, S, A>,
  steps: number,
  shortStart: boolean,
): number[] {
  const ratio = (u: number) => frame.at(u).noiseScale / frame.at(u).signalScale;
  const at = (share: number) => frame.ofRatio(ratio(from) ** (1 - share) * ratio(to) ** share);
  const inner = Array.from({ length: steps - 1 }, (_, i) => at((i + 1) / steps));
  if (!shortStart) return [from, ...inner, to];
  const h = Math.log(ratio(from) / ratio(to)) / steps;
  return [from, at((0.5 * h ** 1.5) / (h * steps)), ...inner, to];
}
