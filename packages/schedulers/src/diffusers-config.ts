import { check, checkInteger } from '@immiscible/core';
import { cosineSchedule } from './cosine.js';
import { DIFFUSERS_CLASSES } from './diffusers-classes.js';
import type { DynamicThreshold } from './dynamic-threshold.js';
import { linearSchedule } from './linear.js';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';
import type { Prediction } from './prediction.js';
import { scaledLinearSchedule } from './scaled-linear.js';
import { sigmoidBetaSchedule } from './sigmoid.js';
import { rescaleZeroTerminalSnr } from './zero-terminal-snr.js';

/** A discrete diffusion process and its sampler; named as the options of `@immiscible/ddim`'s samplers are. */
export interface DiscreteScheduler {
  /** DDPMScheduler, DDIMScheduler or DPMSolverMultistepScheduler. */
  readonly method: 'ddpm' | 'ddim' | 'dpmSolver';
  readonly schedule: NoiseSchedule;
  readonly prediction: Prediction;
  /** @defaultValue [−1, 1] for `ddpm` and `ddim` without `threshold`; `dpmSolver` knows no clipping */
  readonly clip?: readonly [low: number, high: number] | false;
  readonly threshold?: DynamicThreshold;
  /** @defaultValue `'clean'` */
  readonly end?: 'clean' | 'firstTimestep';
  /** Of `ddpm`. @defaultValue `'fixedSmall'` */
  readonly variance?: 'fixedSmall' | 'fixedLarge';
  /** Of `dpmSolver`. @defaultValue 2 */
  readonly order?: 1 | 2;
  /** @defaultValue `'trailing'`, as in our samplers */
  readonly spacing?: 'leading' | 'trailing' | 'linspace';
  /** Added to the timesteps of `'leading'`. @defaultValue 0 */
  readonly offset?: number;
}

/** A rectified flow: FlowMatchEulerDiscreteScheduler. */
export interface FlowScheduler {
  readonly method: 'flow';
  /** What t is multiplied by for the model. @defaultValue 1000 */
  readonly timeScale?: number;
  /** s in `t′ = s·t/(1 + (s − 1)·t)`: more time at much noise where it is above 1. @defaultValue 1 */
  readonly shift?: number;
}

/** EDM's denoiser: EDMEulerScheduler; named as the options of `@immiscible/edm`'s samplers are. */
export interface EdmScheduler {
  readonly method: 'edm';
  /** @defaultValue 0.002 */
  readonly sigmaMin?: number;
  /** @defaultValue 80 */
  readonly sigmaMax?: number;
  /** @defaultValue 7 */
  readonly rho?: number;
  /** @defaultValue 0.5 */
  readonly sigmaData?: number;
}

/** What a `scheduler_config.json` says. */
export type SchedulerDescription = DiscreteScheduler | FlowScheduler | EdmScheduler;

type Values = Readonly<Record<string, unknown>>;
const FN = 'fromDiffusersConfig';

/**
 * Reads a `scheduler_config.json` as diffusers writes it. What it says and isn't known here is an error, not left out.
 *
 * @param config - the file's text (in which diffusers writes `-Infinity`, which is no JSON), or what was parsed from it
 * @throws RangeError if the class, a key or a value isn't known here
 * @see diffusers 0.42, `SchedulerMixin.save_pretrained`
 * @example
 * const { method, spacing, offset, ...options } = fromDiffusersConfig(text) as DiscreteScheduler;
 */
export function fromDiffusersConfig(config: string | object): SchedulerDescription {
  const given = (typeof config === 'string' ? parse(config) : config) as Values;
  const name = String(given['_class_name']);
  const known = DIFFUSERS_CLASSES[name];
  const names = Object.keys(DIFFUSERS_CLASSES).join(', ');
  check(known !== undefined, FN, '_class_name', `one of ${names}`, given['_class_name']);
  const { keys, fixed } = known as NonNullable<typeof known>;
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('_') || key in keys) continue;
    check(key in fixed, FN, key, `absent from a ${name}`, value);
    if (fixed[key] !== undefined) check(value === fixed[key], FN, key, String(fixed[key]), value);
  }
  const values = { ...keys, ...given };
  switch (name) {
    case 'FlowMatchEulerDiscreteScheduler':
      return {
        method: 'flow',
        timeScale: number(values, 'num_train_timesteps'),
        shift: number(values, 'shift'),
      };
    case 'EDMEulerScheduler':
      oneOf(values, 'final_sigmas_type', { zero: 0 });
      return {
        method: 'edm',
        ...{ sigmaMin: number(values, 'sigma_min'), sigmaMax: number(values, 'sigma_max') },
        ...{ rho: number(values, 'rho'), sigmaData: number(values, 'sigma_data') },
      };
    default:
      return discrete(name, values);
  }
}

function discrete(name: string, values: Values): DiscreteScheduler {
  const common = {
    schedule: scheduleOf(values),
    prediction: oneOf<Prediction>(values, 'prediction_type', {
      epsilon: 'epsilon',
      sample: 'x0',
      v_prediction: 'vPrediction',
    }),
    spacing: oneOf<'leading' | 'trailing' | 'linspace'>(values, 'timestep_spacing', {
      leading: 'leading',
      trailing: 'trailing',
      linspace: 'linspace',
    }),
    offset: number(values, 'steps_offset'),
    ...boundsOf(values),
  };
  const last = { zero: 'clean', sigma_min: 'firstTimestep', true: 'clean', false: 'firstTimestep' } as const;
  if (name === 'DDPMScheduler') {
    const variance = {
      fixed_small: 'fixedSmall',
      fixed_small_log: 'fixedSmall',
      fixed_large: 'fixedLarge',
    } as const;
    return { method: 'ddpm', ...common, end: 'clean', variance: oneOf(values, 'variance_type', variance) };
  }
  if (name === 'DDIMScheduler') {
    return {
      method: 'ddim',
      ...common,
      end: oneOf<'clean' | 'firstTimestep'>(values, 'set_alpha_to_one', last),
    };
  }
  const order = oneOf<1 | 2>(values, 'solver_order', { 1: 1, 2: 2 });
  return { method: 'dpmSolver', ...common, order, end: oneOf(values, 'final_sigmas_type', last) };
}

function scheduleOf(values: Values): NoiseSchedule {
  const [betaStart, betaEnd] = [number(values, 'beta_start'), number(values, 'beta_end')];
  const timesteps = number(values, 'num_train_timesteps');
  checkInteger(FN, 'num_train_timesteps', timesteps, 1);
  const options = { timesteps, betaStart, betaEnd };
  const betas = values['trained_betas'];
  const make: () => NoiseSchedule = Array.isArray(betas)
    ? () => noiseSchedule(betas as number[])
    : oneOf(values, 'beta_schedule', {
        linear: () => linearSchedule(options),
        scaled_linear: () => scaledLinearSchedule(options),
        squaredcos_cap_v2: () => cosineSchedule({ timesteps }),
        sigmoid: () => sigmoidBetaSchedule(options),
      });
  return values['rescale_betas_zero_snr'] === true ? rescaleZeroTerminalSnr(make()) : make();
}

/** Dynamic thresholding, where it is on, takes the place of clipping. */
function boundsOf(values: Values): Pick<DiscreteScheduler, 'clip' | 'threshold'> {
  if (values['thresholding'] === true) {
    const quantile = number(values, 'dynamic_thresholding_ratio');
    return { threshold: { quantile, max: number(values, 'sample_max_value') } };
  }
  if (values['clip_sample'] !== true) return { clip: false };
  const range = number(values, 'clip_sample_range');
  return { clip: [-range, range] };
}

function number(values: Values, key: string): number {
  const value = values[key];
  check(typeof value === 'number' && Number.isFinite(value), FN, key, 'a number', value);
  return value as number;
}

function oneOf<T>(values: Values, key: string, choices: Readonly<Record<string, T>>): T {
  const value = String(values[key]);
  const known = Object.hasOwn(choices, value);
  check(known, FN, key, `one of ${Object.keys(choices).join(', ')}`, values[key]);
  return choices[value] as T;
}

function parse(text: string): object {
  // Python's json module writes infinities as bare words.
  const plain = text.replace(/:\s*(-?Infinity)\b/g, ': "$1"');
  return JSON.parse(plain, (_, value: unknown) =>
    value === 'Infinity' || value === '-Infinity' ? Number(value) : value,
  ) as object;
}
