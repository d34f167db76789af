import { check, checkInteger, checkOptions } from '@immiscible/core';
import { DIFFUSERS_CLASSES, KEYS_WITHOUT_EFFECT } from './diffusers-classes.js';
import { scheduleOf } from './diffusers-schedule.js';
import type {
  ConsistencyScheduler,
  DiscreteScheduler,
  EdmScheduler,
  SchedulerDescription,
} from './diffusers-types.js';
import { type DiffusersValues, flag, number, oneOf } from './diffusers-values.js';
import type { Prediction } from './prediction.js';

const FN = 'fromDiffusersConfig';

/** Options of {@link fromDiffusersConfig}. */
export interface FromDiffusersConfigOptions {
  /** Told of the keys that the class doesn't have, which diffusers ignores too: those of other classes, or misspelled ones. */
  readonly onIgnored?: (keys: readonly string[]) => void;
}

/**
 * Reads a `scheduler_config.json` as diffusers writes it. {@link diffusersOptions} gives what our sampler needs to do as diffusers does.
 * A class or a value that has no counterpart here is an error, not left out. Keys that the class doesn't have are ignored, as diffusers does:
 * files keep those of the class that they were first written for.
 *
 * @param config - the file's text (in which diffusers writes `-Infinity`, which is no JSON), or what was parsed from it
 * @param options - who is told what was ignored
 * @throws RangeError if the class or a value isn't known here
 * @throws SyntaxError if the text is no JSON
 * @see diffusers 0.42, `SchedulerMixin.from_pretrained`
 * @example
 * const scheduler = fromDiffusersConfig(text);
 * if (scheduler.method === 'ddim') await ddimSample(model, params, { ...diffusersOptions(scheduler, 50), count, imageShape, rng });
 */
export function fromDiffusersConfig(
  config: string | object,
  options: FromDiffusersConfigOptions = {},
): SchedulerDescription {
  checkOptions(FN, options, { onIgnored: true });
  const given = (typeof config === 'string' ? parse(config) : config) as DiffusersValues;
  const plain = typeof given === 'object' && given !== null && !Array.isArray(given);
  check(plain, FN, 'config', 'the text of a scheduler_config.json or an object', config);
  const name = String(given['_class_name']);
  const names = Object.keys(DIFFUSERS_CLASSES);
  check(names.includes(name), FN, '_class_name', `one of ${names.join(', ')}`, given['_class_name']);
  const { keys, fixed } = DIFFUSERS_CLASSES[name] as (typeof DIFFUSERS_CLASSES)[string];
  for (const [key, only] of Object.entries(fixed)) {
    const value = given[key] ?? only;
    check(value === only, FN, key, `${String(only)} in a ${name}`, value, 'nothing here does the other');
  }
  const known = (key: string) =>
    key.startsWith('_') ||
    [keys, fixed].some((some) => Object.hasOwn(some, key)) ||
    KEYS_WITHOUT_EFFECT.includes(key);
  const ignored = Object.keys(given).filter((key) => !known(key));
  if (ignored.length > 0) options.onIgnored?.(ignored);
  const values = { ...keys, ...given };
  switch (name) {
    case 'FlowMatchEulerDiscreteScheduler':
      return { method: 'flow', timeScale: timestepsOf(values), shift: number(FN, values, 'shift') };
    case 'EDMEulerScheduler':
      return edm(values);
    case 'CMStochasticIterativeScheduler':
      return consistency(values);
    default:
      return discrete(name, values);
  }
}

function discrete(name: string, values: DiffusersValues): DiscreteScheduler {
  const common = {
    schedule: scheduleOf(FN, name, values),
    prediction: oneOf<Prediction>(FN, values, 'prediction_type', {
      epsilon: 'epsilon',
      sample: 'x0',
      v_prediction: 'vPrediction',
    }),
    spacing: oneOf<'leading' | 'trailing' | 'linspace'>(FN, values, 'timestep_spacing', {
      leading: 'leading',
      trailing: 'trailing',
      linspace: 'linspace',
    }),
    offset: offsetOf(values),
    ...boundsOf(values),
  };
  switch (name) {
    case 'DDPMScheduler': {
      const variance = oneOf<'fixedSmall' | 'fixedLarge'>(FN, values, 'variance_type', {
        fixed_small: 'fixedSmall',
        fixed_small_log: 'fixedSmall',
        fixed_large: 'fixedLarge',
      });
      // At its last step diffusers adds noise of variance β unless the timestep is 0.
      const ends = variance === 'fixedSmall' || common.offset === 0;
      check(ends, FN, 'steps_offset', '0 with variance_type fixed_large', common.offset);
      return { method: 'ddpm', ...common, end: 'clean', variance };
    }
    case 'DDIMScheduler': {
      const end = flag(FN, values, 'set_alpha_to_one') ? 'clean' : 'firstTimestep';
      return { method: 'ddim', ...common, end, epsilonFrom: 'model', leadsTo: 'evenStride' };
    }
    case 'HeunDiscreteScheduler':
      return {
        method: 'heun',
        ...common,
        end: 'clean',
        ...sigmaSpacingOf(values),
        scaleInitial: common.spacing !== 'leading',
      };
    default:
      return dpmSolver(common, values);
  }
}

function dpmSolver(common: Omit<DiscreteScheduler, 'method'>, values: DiffusersValues): DiscreteScheduler {
  oneOf(FN, values, 'algorithm_type', { 'dpmsolver++': 0, deis: 0 });
  const solver = String(values['solver_type']);
  const order = oneOf<1 | 2>(FN, values, 'solver_order', { 1: 1, 2: 2 });
  const midpoint =
    ['midpoint', 'logrho', 'bh1', 'bh2'].includes(solver) || (order === 1 && solver === 'heun');
  check(midpoint, FN, 'solver_type', 'midpoint', values['solver_type']);
  return {
    method: 'dpmSolver',
    ...common,
    order,
    end: oneOf(FN, values, 'final_sigmas_type', { zero: 'clean', sigma_min: 'firstTimestep' }),
    lowerOrderFinal: flag(FN, values, 'lower_order_final'),
    eulerAtFinal: flag(FN, values, 'euler_at_final'),
    ...sigmaSpacingOf(values, true),
  };
}

function edm(values: DiffusersValues): EdmScheduler {
  return {
    method: 'edm',
    ...sigmasOf(values),
    sigmaSpacing: oneOf(FN, values, 'sigma_schedule', { karras: 'karras', exponential: 'exponential' }),
    end: oneOf(FN, values, 'final_sigmas_type', { zero: 'clean', sigma_min: 'sigmaMin' }),
  };
}

function consistency(values: DiffusersValues): ConsistencyScheduler {
  return {
    method: 'consistency',
    timesteps: timestepsOf(values),
    ...sigmasOf(values),
    clip: flag(FN, values, 'clip_denoised'),
  };
}

function sigmasOf(values: DiffusersValues): {
  sigmaMin: number;
  sigmaMax: number;
  rho: number;
  sigmaData: number;
} {
  const [sigmaMin, sigmaMax] = [number(FN, values, 'sigma_min'), number(FN, values, 'sigma_max')];
  const [rho, sigmaData] = [number(FN, values, 'rho'), number(FN, values, 'sigma_data')];
  check(sigmaMin > 0, FN, 'sigma_min', 'positive', sigmaMin);
  check(sigmaMax > sigmaMin, FN, 'sigma_max', `above sigma_min (${sigmaMin})`, sigmaMax);
  check(rho > 0, FN, 'rho', 'positive', rho);
  check(sigmaData > 0, FN, 'sigma_data', 'positive', sigmaData);
  return { sigmaMin, sigmaMax, rho, sigmaData };
}

function timestepsOf(values: DiffusersValues): number {
  const timesteps = number(FN, values, 'num_train_timesteps');
  checkInteger(FN, 'num_train_timesteps', timesteps, 1);
  return timesteps;
}

function offsetOf(values: DiffusersValues): number {
  const offset = number(FN, values, 'steps_offset');
  checkInteger(FN, 'steps_offset', offset, 0);
  return offset;
}

/** How the noise levels that are visited are spaced, where they aren't those of timesteps. */
function sigmaSpacingOf(values: DiffusersValues, cuts = false): { sigmaSpacing?: 'karras' | 'exponential' } {
  const karras = flag(FN, values, 'use_karras_sigmas');
  const exponential = flag(FN, values, 'use_exponential_sigmas');
  if (!karras && !exponential) return {};
  check(!karras || !exponential, FN, 'use_exponential_sigmas', 'false with use_karras_sigmas', true);
  if (cuts) {
    // Timesteps are cut to integers there, so that the last bit of a logarithm decides on them.
    const cosine = values['beta_schedule'] === 'squaredcos_cap_v2';
    check(!exponential, FN, 'use_exponential_sigmas', 'false in a DPMSolverMultistepScheduler', true);
    check(!cosine, FN, 'use_karras_sigmas', 'false with beta_schedule squaredcos_cap_v2', true);
  }
  // Left over from other classes, these do have an effect.
  for (const key of ['sigma_min', 'sigma_max']) {
    const value = values[key] ?? null;
    check(value === null, FN, key, 'absent or null with levels of its own', value);
  }
  return { sigmaSpacing: karras ? 'karras' : 'exponential' };
}

/** Dynamic thresholding, where it is on, takes the place of clipping. */
function boundsOf(values: DiffusersValues): Pick<DiscreteScheduler, 'clip' | 'threshold'> {
  if (Object.hasOwn(values, 'thresholding') && flag(FN, values, 'thresholding')) {
    const quantile = number(FN, values, 'dynamic_thresholding_ratio');
    return { threshold: { quantile, max: number(FN, values, 'sample_max_value') } };
  }
  if (values['clip_sample'] === undefined || !flag(FN, values, 'clip_sample')) return { clip: false };
  const range = number(FN, values, 'clip_sample_range');
  return { clip: [-range, range] };
}

function parse(text: string): object {
  // Python's json module writes infinities as bare words; a number that is too large is one to JavaScript. Strings stay as they are.
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|Infinity/g, (token) =>
    token === 'Infinity' ? '1e999' : token,
  );
  return JSON.parse(plain) as object;
}
