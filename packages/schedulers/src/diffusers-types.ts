import type { NoiseSchedule } from './noise-schedule.js';
import type { Prediction } from './prediction.js';

/** A discrete diffusion process and its sampler; named as the options of `@immiscible/ddim`'s samplers are. */
export interface DiscreteScheduler {
  /** DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler or HeunDiscreteScheduler. */
  readonly method: 'ddpm' | 'ddim' | 'dpmSolver' | 'heun';
  /** The schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** What the model predicts. */
  readonly prediction: Prediction;
  /** @defaultValue [−1, 1] for `ddpm` and `ddim` without `threshold`, none for the others; `dpmSolver` knows no clipping */
  readonly clip?: readonly [low: number, high: number] | false;
  /** Not of `heun`. */
  readonly threshold?: { readonly quantile?: number; readonly max?: number };
  /** `'firstTimestep'` is for `ddim` and `dpmSolver`. @defaultValue `'clean'` */
  readonly end?: 'clean' | 'firstTimestep';
  /** Of `ddpm`. @defaultValue `'fixedSmall'` */
  readonly variance?: 'fixedSmall' | 'fixedLarge';
  /** Of `ddim`: where ε comes from in a clipped step. diffusers' is `'model'`. */
  readonly epsilonFrom?: 'clipped' | 'model';
  /** Of `ddim`: where a step leads. diffusers' is `'evenStride'`. */
  readonly leadsTo?: 'nextTimestep' | 'evenStride';
  /** Of `dpmSolver`. @defaultValue 2 */
  readonly order?: 1 | 2;
  /** Of `dpmSolver`: whether the last step of fewer than 15 is of order 1. @defaultValue false */
  readonly lowerOrderFinal?: boolean;
  /** Of `dpmSolver`: whether the last step is of order 1. @defaultValue false */
  readonly eulerAtFinal?: boolean;
  /** Of `dpmSolver` and `heun`: how noise levels σ are spaced that don't come from timesteps. */
  readonly sigmaSpacing?: 'karras' | 'exponential';
  /** Of `heun`: whether the initial noise is multiplied by the first level's √(1 − ᾱ). diffusers does unless spacing is `'leading'`. */
  readonly scaleInitial?: boolean;
  /** @defaultValue `'trailing'`, as in our samplers */
  readonly spacing?: 'leading' | 'trailing' | 'linspace';
  /** Added to the timesteps of `'leading'`. @defaultValue 0 */
  readonly offset?: number;
}

/** A rectified flow: FlowMatchEulerDiscreteScheduler. */
export interface FlowScheduler {
  /** Tells it from the others. */
  readonly method: 'flow';
  /** What t is multiplied by for the model. @defaultValue 1000 */
  readonly timeScale?: number;
  /** s in `t′ = s·t/(1 + (s − 1)·t)`: more time at much noise where it is above 1. @defaultValue 1 */
  readonly shift?: number;
}

/** What noise levels lie between, and of what images. */
interface Sigmas {
  /** @defaultValue 0.002 */
  readonly sigmaMin?: number;
  /** @defaultValue 80 */
  readonly sigmaMax?: number;
  /** @defaultValue 7 */
  readonly rho?: number;
  /** @defaultValue 0.5 */
  readonly sigmaData?: number;
}

/** EDM's denoiser: EDMEulerScheduler; named as the options of `@immiscible/edm`'s samplers are. */
export interface EdmScheduler extends Sigmas {
  /** Tells it from the others. */
  readonly method: 'edm';
  /** @defaultValue `'karras'` */
  readonly sigmaSpacing?: 'karras' | 'exponential';
  /** Where the last step leads. @defaultValue `'clean'` */
  readonly end?: 'clean' | 'sigmaMin';
}

/** A consistency model: CMStochasticIterativeScheduler; named as the options of `@immiscible/consistency`'s samplers are. */
export interface ConsistencyScheduler extends Sigmas {
  /** Tells it from the others. */
  readonly method: 'consistency';
  /** How many levels the model was trained at. @defaultValue 40 */
  readonly timesteps?: number;
  /** Whether answers are clipped to [−1, 1]. @defaultValue true */
  readonly clip?: boolean;
}

/** What a `scheduler_config.json` says. */
export type SchedulerDescription = DiscreteScheduler | FlowScheduler | EdmScheduler | ConsistencyScheduler;
