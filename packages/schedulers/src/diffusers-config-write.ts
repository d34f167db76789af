import { check, checkOptions } from '@immiscible/core';
import { MIN_ALPHA_BAR } from './diffusers-schedule.js';
import type { DiscreteScheduler, SchedulerDescription } from './diffusers-types.js';
import { exponentialSchedule } from './exponential.js';
import { linearSchedule } from './linear.js';
import { isCosine, sameSchedule } from './same-schedule.js';
import { scaledLinearSchedule } from './scaled-linear.js';
import { sigmoidBetaSchedule } from './sigmoid.js';
import { rescaleZeroTerminalSnr } from './zero-terminal-snr.js';

const CLASSES = {
  ddpm: 'DDPMScheduler',
  ddim: 'DDIMScheduler',
  dpmSolver: 'DPMSolverMultistepScheduler',
  heun: 'HeunDiscreteScheduler',
  flow: 'FlowMatchEulerDiscreteScheduler',
  edm: 'EDMEulerScheduler',
  consistency: 'CMStochasticIterativeScheduler',
} as const;
const PREDICTIONS = { epsilon: 'epsilon', x0: 'sample', vPrediction: 'v_prediction' } as const;

/** What a description may have, by method. */
const DISCRETE_FIELDS = ['method', 'schedule', 'prediction', 'spacing', 'offset', 'end', 'clip'];
const SIGMA_FIELDS = ['method', 'sigmaMin', 'sigmaMax', 'rho', 'sigmaData'];
const FIELDS_BY_METHOD: Readonly<Record<keyof typeof CLASSES, readonly string[]>> = {
  ddpm: [...DISCRETE_FIELDS, 'threshold', 'variance'],
  ddim: [...DISCRETE_FIELDS, 'threshold', 'epsilonFrom', 'leadsTo'],
  dpmSolver: [...DISCRETE_FIELDS, 'threshold', 'order', 'lowerOrderFinal', 'eulerAtFinal', 'sigmaSpacing'],
  heun: [...DISCRETE_FIELDS, 'sigmaSpacing', 'scaleInitial'],
  flow: ['method', 'timeScale', 'shift'],
  edm: [...SIGMA_FIELDS, 'sigmaSpacing', 'end'],
  consistency: [...SIGMA_FIELDS, 'timesteps', 'clip'],
};

/**
 * A `scheduler_config.json` that diffusers loads with the class it names: `JSON.stringify` it. A noise schedule that diffusers has a
 * name for is written by name, any other as `trained_betas`, all of it. What `fromDiffusersConfig` has read gives the same again.
 *
 * Which timesteps are visited by default differs between the classes; `spacing` says it.
 *
 * @param scheduler - as `fromDiffusersConfig` gives it, or of your own
 * @throws RangeError if diffusers' class can't do what is described
 * @see {@link fromDiffusersConfig}
 * @example
 * const text = JSON.stringify(toDiffusersConfig({ method: 'ddim', schedule: linearSchedule(), prediction: 'epsilon' }), null, 2);
 */
export function toDiffusersConfig(scheduler: SchedulerDescription): Record<string, unknown> {
  const fn = 'toDiffusersConfig';
  const method = scheduler?.method;
  check(Object.hasOwn(CLASSES, method), fn, 'method', `one of ${Object.keys(CLASSES).join(', ')}`, method);
  checkOptions(fn, scheduler, FIELDS_BY_METHOD[method], 'scheduler');
  const name = { _class_name: CLASSES[method], _diffusers_version: '0.42.1' };
  if (scheduler.method === 'flow') {
    const { timeScale = 1000, shift = 1 } = scheduler;
    check(Number.isInteger(timeScale) && timeScale > 0, fn, 'timeScale', 'a positive integer', timeScale);
    return { ...name, num_train_timesteps: timeScale, shift };
  }
  if (scheduler.method === 'edm' || scheduler.method === 'consistency') {
    const { sigmaMin = 0.002, sigmaMax = 80, rho = 7, sigmaData = 0.5 } = scheduler;
    const range = { ...name, sigma_min: sigmaMin, sigma_max: sigmaMax, rho, sigma_data: sigmaData };
    if (scheduler.method === 'consistency') {
      const { timesteps = 40, clip = true } = scheduler;
      return { ...range, num_train_timesteps: timesteps, clip_denoised: clip };
    }
    const { sigmaSpacing = 'karras', end = 'clean' } = scheduler;
    return {
      ...range,
      ...(sigmaSpacing !== 'karras' && { sigma_schedule: sigmaSpacing }),
      ...(end !== 'clean' && { final_sigmas_type: 'sigma_min' }),
    };
  }
  return { ...name, ...discreteKeys(fn, scheduler) };
}

function discreteKeys(fn: string, scheduler: DiscreteScheduler): Record<string, unknown> {
  const { prediction, spacing = 'trailing', offset = 0, end = 'clean', method } = scheduler;
  check(Object.hasOwn(PREDICTIONS, prediction), fn, 'prediction', 'a known one', prediction);
  const common = {
    ...scheduleKeys(fn, scheduler),
    prediction_type: PREDICTIONS[prediction],
    timestep_spacing: spacing,
    steps_offset: offset,
    ...boundKeys(fn, scheduler),
    ...spacingKeys(fn, scheduler),
  };
  if (method === 'ddpm' || method === 'heun') check(end === 'clean', fn, 'end', `"clean" for ${method}`, end);
  switch (method) {
    case 'ddpm': {
      const large = scheduler.variance === 'fixedLarge';
      check(!large || offset === 0, fn, 'offset', '0 with variance fixedLarge', offset);
      return { ...common, variance_type: large ? 'fixed_large' : 'fixed_small' };
    }
    case 'ddim': {
      const { epsilonFrom = 'model', leadsTo = 'evenStride' } = scheduler;
      const fix = 'leave it out and pass use_clipped_model_output=True to step()';
      check(
        epsilonFrom === 'model',
        fn,
        'epsilonFrom',
        '"model": no config of DDIMScheduler says it',
        epsilonFrom,
        fix,
      );
      check(leadsTo === 'evenStride', fn, 'leadsTo', '"evenStride" for DDIMScheduler', leadsTo);
      return { ...common, set_alpha_to_one: end === 'clean' };
    }
    case 'heun': {
      const { scaleInitial = spacing !== 'leading' } = scheduler;
      const fits = scaleInitial === (spacing !== 'leading');
      check(fits, fn, 'scaleInitial', `${spacing !== 'leading'} with spacing ${spacing}`, scaleInitial);
      return common;
    }
    case 'dpmSolver': {
      const { order = 2, lowerOrderFinal = false, eulerAtFinal = false } = scheduler;
      return {
        ...common,
        solver_order: order,
        final_sigmas_type: end === 'clean' ? 'zero' : 'sigma_min',
        lower_order_final: lowerOrderFinal,
        euler_at_final: eulerAtFinal,
      };
    }
  }
}

function spacingKeys(
  fn: string,
  { sigmaSpacing, method, schedule }: DiscreteScheduler,
): Record<string, unknown> {
  if (sigmaSpacing === undefined) return {};
  const known = sigmaSpacing === 'karras' || sigmaSpacing === 'exponential';
  check(known, fn, 'sigmaSpacing', '"karras" or "exponential"', sigmaSpacing);
  if (method === 'dpmSolver') {
    check(sigmaSpacing === 'karras', fn, 'sigmaSpacing', '"karras" for dpmSolver', sigmaSpacing);
    check(!isCosine(schedule), fn, 'sigmaSpacing', 'none with the cosine schedule', sigmaSpacing);
  }
  return sigmaSpacing === 'karras' ? { use_karras_sigmas: true } : { use_exponential_sigmas: true };
}

function boundKeys(fn: string, { method, clip, threshold }: DiscreteScheduler): Record<string, unknown> {
  if (threshold) {
    check(!clip, fn, 'clip', 'false with threshold', clip, 'leave one out');
    const { quantile = 0.995, max } = threshold;
    check(max !== undefined, fn, 'threshold.max', 'given: diffusers has a limit in any case', max);
    return { thresholding: true, dynamic_thresholding_ratio: quantile, sample_max_value: max };
  }
  if (method === 'dpmSolver') {
    check(!clip, fn, 'clip', 'false: DPMSolverMultistepScheduler has none', clip);
    return {};
  }
  if (clip === false || (clip === undefined && method === 'heun')) return { clip_sample: false };
  const [low, high] = clip ?? [-1, 1];
  check(low === -high, fn, 'clip', 'symmetric', clip);
  return { clip_sample: true, clip_sample_range: high };
}

/** By name where it has one. */
function scheduleKeys(fn: string, { schedule, method }: DiscreteScheduler): Record<string, unknown> {
  const { timesteps, beta, alphaBar, rescaledFrom } = schedule;
  // Where ᾱ = 0, DPM-Solver isn't what was described.
  const written = method === 'dpmSolver' ? alphaBar[timesteps - 1] === MIN_ALPHA_BAR : method !== 'heun';
  if (rescaledFrom && written && sameSchedule(schedule, rescaleZeroTerminalSnr(rescaledFrom))) {
    const keys = scheduleKeys(fn, { schedule: rescaledFrom, method, prediction: 'x0' });
    return { ...keys, rescale_betas_zero_snr: true };
  }
  const [betaStart, betaEnd] = [beta[0] as number, beta[timesteps - 1] as number];
  const size = { num_train_timesteps: timesteps };
  if (betaEnd < 1) {
    if (method === 'heun' && sameSchedule(schedule, exponentialSchedule({ timesteps })))
      return { ...size, beta_schedule: 'exp' };
    const ends = {
      timesteps,
      betaStart: withoutRoundingError(betaStart),
      betaEnd: withoutRoundingError(betaEnd),
    };
    const named = { ...size, beta_start: ends.betaStart, beta_end: ends.betaEnd };
    if (sameSchedule(schedule, linearSchedule(ends))) return { ...named, beta_schedule: 'linear' };
    if (sameSchedule(schedule, scaledLinearSchedule(ends)))
      return { ...named, beta_schedule: 'scaled_linear' };
    if (isCosine(schedule)) return { ...size, beta_schedule: 'squaredcos_cap_v2' };
    if (method === 'ddpm') {
      // Its ends are of the sigmoid at ±6, which reaches neither 0 nor 1.
      const least = 1 / (1 + Math.exp(6));
      const slope = (betaEnd - betaStart) / (1 - 2 * least);
      const [start, end] = [
        withoutRoundingError(betaStart - slope * least),
        withoutRoundingError(betaEnd + slope * least),
      ];
      const known = start > 0 && end < 1 && timesteps > 1;
      if (known && sameSchedule(schedule, sigmoidBetaSchedule({ timesteps, betaStart: start, betaEnd: end })))
        return { ...size, beta_start: start, beta_end: end, beta_schedule: 'sigmoid' };
    }
  }
  const infinite = method === 'dpmSolver' || method === 'heun';
  const fix = 'end with some signal left';
  check(betaEnd < 1 || !infinite, fn, 'the last beta', `below 1 for ${method}`, betaEnd, fix);
  return { ...size, trained_betas: Array.from(beta) };
}

/** Without what rounding has left in the last digits. */
function withoutRoundingError(x: number): number {
  return Number(x.toPrecision(13));
}
