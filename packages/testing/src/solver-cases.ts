import type { SolverCase } from './convergence-suite.js';

/** What is needed of `@immiscible/sampling`, to a package that doesn't import it: `import * as sampling` is that. */
export interface SamplingModule<T, S, A, F> {
  /** Draws the samples. */
  readonly sample: F;
  /** Makes a solver of a tableau. */
  readonly rungeKutta: (tableau: T) => S;
  /** A tableau. */
  readonly EULER: T;
  /** A tableau. */
  readonly MIDPOINT: T;
  /** A tableau. */
  readonly HEUN: T;
  /** A tableau. */
  readonly RALSTON: T;
  /** A tableau. */
  readonly CLASSIC_4: T;
  /** A tableau. */
  readonly DORMAND_PRINCE: T;
  /** DDIM. */
  readonly ddim: () => S;
  /** DPM-Solver++ in several steps. */
  readonly dpmSolver: (options: { readonly order: 1 | 2 | 3 }) => S;
  /** DPM-Solver++ in single steps. */
  readonly singleStepDpm: (options: { readonly order: 2 | 3 }) => S;
  /** The adaptive solver. */
  readonly dormandPrince: (tolerances: {
    readonly relativeTolerance: number;
    readonly absoluteTolerance: number;
  }) => A;
}

/** The part of `describeConvergence`'s cases that isn't the method's. */
export interface SamplingCases<S, A, F> {
  /** The module's. */
  readonly sample: F;
  /** All of them that solve an ODE in given steps. */
  readonly solvers: readonly SolverCase<S>[];
  /** The adaptive one. */
  readonly adaptive: (tolerance: number) => A;
}

/**
 * Every deterministic solver of `@immiscible/sampling` with its order, for `describeConvergence`.
 *
 * @param sampling - the module
 */
export function solversOf<T, S, A, F>(sampling: SamplingModule<T, S, A, F>): SamplingCases<S, A, F> {
  const { rungeKutta, ddim, dpmSolver, singleStepDpm, dormandPrince, sample } = sampling;
  const { EULER, MIDPOINT, HEUN, RALSTON, CLASSIC_4, DORMAND_PRINCE } = sampling;
  return {
    sample,
    solvers: [
      { name: 'Euler', solver: rungeKutta(EULER), order: 1, steps: 32 },
      { name: 'midpoint', solver: rungeKutta(MIDPOINT), order: 2, steps: 16 },
      { name: 'Heun', solver: rungeKutta(HEUN), order: 2, steps: 16 },
      { name: 'Ralston', solver: rungeKutta(RALSTON), order: 2, steps: 16 },
      { name: 'RK4', solver: rungeKutta(CLASSIC_4), order: 4, steps: 5 },
      { name: 'Dormand-Prince', solver: rungeKutta(DORMAND_PRINCE), order: 5, steps: 3 },
      { name: 'DDIM', solver: ddim(), order: 1, steps: 32 },
      { name: 'DPM-Solver++(1)', solver: dpmSolver({ order: 1 }), order: 1, steps: 32 },
      { name: 'DPM-Solver++(2M)', solver: dpmSolver({ order: 2 }), order: 2, steps: 24 },
      { name: 'DPM-Solver++(3M)', solver: dpmSolver({ order: 3 }), order: 3, steps: 16, shortStart: true },
      { name: 'DPM-Solver++(2S)', solver: singleStepDpm({ order: 2 }), order: 2, steps: 12 },
      { name: 'DPM-Solver++(3S)', solver: singleStepDpm({ order: 3 }), order: 3, steps: 8 },
    ],
    adaptive: (tolerance) => dormandPrince({ relativeTolerance: tolerance, absoluteTolerance: tolerance }),
  };
}
