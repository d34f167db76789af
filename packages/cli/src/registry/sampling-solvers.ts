import {
  ancestral,
  CLASSIC_4,
  churned,
  DORMAND_PRINCE,
  dormandPrince,
  dpmSolver,
  EULER,
  HEUN,
  MIDPOINT,
  type OneStepSolver,
  RALSTON,
  renoised,
  rungeKutta,
  singleStepDpm,
  type Solver,
} from '@immiscible/sampling';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';

/** A solver that a config can name. */
export interface NamedSolver<Shape extends z.ZodRawShape> {
  /** What reports call it. */
  readonly title: string;
  /** What a config may say of it, by schema. */
  readonly options: Shape;
  /** @param steps - how many the sampler takes; of a solver that chooses its steps, the most attempts that it may make */
  create(options: Options<Shape>, steps: number): Solver;
}

type Options<Shape extends z.ZodRawShape> = Checked<z.ZodObject<Shape>>;

function solver<const Shape extends z.ZodRawShape>(
  title: string,
  options: Shape,
  create: NamedSolver<Shape>['create'],
): NamedSolver<Shape> {
  return { title, options, create };
}

const fromZero = z.number().min(0);

/** Noise renewed between steps: of every solver whose steps know nothing of each other. */
export const churning = {
  churn: fromZero
    .exactOptional()
    .describe('S_churn: how much noise is renewed over all steps. Default: none'),
  churnRange: z
    .tuple([fromZero, fromZero])
    .exactOptional()
    .describe('The ratios of noise to signal between which it is. Default: all'),
  churnNoise: fromZero
    .exactOptional()
    .describe('S_noise: standard deviation of the renewed noise. Default: 1'),
};

/** A solver whose steps know nothing of each other. */
function oneStep<const Shape extends z.ZodRawShape>(
  title: string,
  own: Shape,
  create: (options: Options<Shape>) => OneStepSolver,
): NamedSolver<Shape & typeof churning> {
  return solver(title, { ...own, ...churning }, (given) => {
    const { churn, churnRange, churnNoise, ...options } = given as Options<typeof churning>;
    const inner = create(options as Options<Shape>);
    return churn === undefined
      ? inner
      : churned(inner, {
          churn,
          ...(churnRange && { range: churnRange }),
          ...(churnNoise !== undefined && { noise: churnNoise }),
        });
  });
}

const eta = {
  eta: z.number().min(0).max(1).exactOptional().describe('η: 0 draws no noise, 1 as much as DDPM'),
};
const tolerances = {
  relativeTolerance: z.number().min(1e-6).exactOptional().describe("Of a step's error. Default: 1e-5"),
  absoluteTolerance: z.number().gt(0).exactOptional().describe("Of a step's error. Default: 1e-5"),
};
const multistep = {
  lowerOrderFinal: z
    .boolean()
    .exactOptional()
    .describe('Whether the last of fewer than 15 steps are of lower order. Default: false'),
  eulerAtFinal: z.boolean().exactOptional().describe('Whether the last step is of order 1. Default: false'),
};
const third = {
  ...multistep,
  halfCurvature: z
    .boolean()
    .exactOptional()
    .describe('Whether to weigh the second difference as diffusers does, for its samples. Default: false'),
};

/** Every solver, by its word in a config, for every method. A new one is a line here. */
export const samplingSolvers = {
  euler: oneStep('Euler', {}, () => rungeKutta(EULER)),
  midpoint: oneStep('midpoint', {}, () => rungeKutta(MIDPOINT)),
  heun: oneStep('Heun', {}, () => rungeKutta(HEUN)),
  ralston: oneStep('Ralston', {}, () => rungeKutta(RALSTON)),
  rk4: oneStep('Runge-Kutta of order 4', {}, () => rungeKutta(CLASSIC_4)),
  rk5: oneStep('Dormand-Prince in equal steps', {}, () => rungeKutta(DORMAND_PRINCE)),
  'dormand-prince': solver('adaptive Dormand-Prince', tolerances, (options, maxSteps) =>
    dormandPrince({ ...options, maxSteps }),
  ),
  ddim: oneStep('DDIM', eta, ({ eta = 0 }) => ancestral({ eta })),
  ancestral: oneStep('ancestral', eta, ancestral),
  'dpm-solver': solver('DPM-Solver++(2M)', multistep, dpmSolver),
  'dpm-solver-3m': solver('DPM-Solver++(3M)', third, (options) => dpmSolver({ order: 3, ...options })),
  'dpm-solver-2m-sde': solver('SDE-DPM-Solver++(2M)', multistep, (options) =>
    dpmSolver({ eta: 1, ...options }),
  ),
  'dpm-solver-3m-sde': solver('SDE-DPM-Solver++(3M)', third, (options) =>
    dpmSolver({ order: 3, eta: 1, ...options }),
  ),
  'dpm-solver-2s': oneStep('DPM-Solver++(2S)', {}, () => singleStepDpm({ order: 2 })),
  'dpm-solver-3s': oneStep('DPM-Solver++(3S)', {}, () => singleStepDpm({ order: 3 })),
  renoised: solver('renoised', { sigmaMin: fromZero.exactOptional() }, renoised),
};

/** A word of {@link samplingSolvers}. */
export type SamplingSolverName = keyof typeof samplingSolvers;
