import { check } from '@immiscible/core';
import { cosineSchedule } from './cosine.js';
import type { DiscreteScheduler, SchedulerDescription } from './diffusers-config.js';
import { linearSchedule } from './linear.js';
import type { NoiseSchedule } from './noise-schedule.js';
import { scaledLinearSchedule } from './scaled-linear.js';
import { sigmoidBetaSchedule } from './sigmoid.js';

const CLASSES = {
  ddpm: 'DDPMScheduler',
  ddim: 'DDIMScheduler',
  dpmSolver: 'DPMSolverMultistepScheduler',
  flow: 'FlowMatchEulerDiscreteScheduler',
  edm: 'EDMEulerScheduler',
} as const;
const PREDICTIONS = { epsilon: 'epsilon', x0: 'sample', vPrediction: 'v_prediction' } as const;

/**
 * A `scheduler_config.json` that diffusers loads with the class it names: `JSON.stringify` it. A noise schedule that diffusers has a
 * name for is written by name, any other as `trained_betas`, all of it.
 *
 * Which timesteps are visited by default differs between the classes; `spacing` says it.
 *
 * @throws RangeError if diffusers' class can't do what is described
 * @see {@link fromDiffusersConfig}
 * @example
 * const text = JSON.stringify(toDiffusersConfig({ method: 'ddim', schedule: linearSchedule(), prediction: 'epsilon' }), null, 2);
 */
export function toDiffusersConfig(scheduler: SchedulerDescription): Record<string, unknown> {
  const fn = 'toDiffusersConfig';
  const { method } = scheduler;
  check(Object.hasOwn(CLASSES, method), fn, 'method', `one of ${Object.keys(CLASSES).join(', ')}`, method);
  const name = { _class_name: CLASSES[method], _diffusers_version: '0.42.1' };
  if (scheduler.method === 'flow') {
    const { timeScale = 1000, shift = 1 } = scheduler;
    check(Number.isInteger(timeScale) && timeScale > 0, fn, 'timeScale', 'a positive integer', timeScale);
    return { ...name, num_train_timesteps: timeScale, shift };
  }
  if (scheduler.method === 'edm') {
    const { sigmaMin = 0.002, sigmaMax = 80, rho = 7, sigmaData = 0.5 } = scheduler;
    return { ...name, sigma_min: sigmaMin, sigma_max: sigmaMax, rho, sigma_data: sigmaData };
  }
  const { prediction, spacing = 'trailing', offset = 0, end = 'clean' } = scheduler;
  check(Object.hasOwn(PREDICTIONS, prediction), fn, 'prediction', 'a known one', prediction);
  const common = {
    ...name,
    ...scheduleKeys(fn, scheduler),
    prediction_type: PREDICTIONS[prediction],
    timestep_spacing: spacing,
    steps_offset: offset,
    ...boundKeys(fn, scheduler),
  };
  switch (scheduler.method) {
    case 'ddpm':
      check(end === 'clean', fn, 'end', '"clean" for ddpm', end);
      return {
        ...common,
        variance_type: scheduler.variance === 'fixedLarge' ? 'fixed_large' : 'fixed_small',
      };
    case 'ddim':
      return { ...common, set_alpha_to_one: end === 'clean' };
    case 'dpmSolver': {
      const { order = 2 } = scheduler;
      return { ...common, solver_order: order, final_sigmas_type: end === 'clean' ? 'zero' : 'sigma_min' };
    }
  }
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
  if (clip === false) return { clip_sample: false };
  const [low, high] = clip ?? [-1, 1];
  check(low === -high, fn, 'clip', 'symmetric', clip);
  return { clip_sample: true, clip_sample_range: high };
}

/** By name where it has one. */
function scheduleKeys(fn: string, { schedule, method }: DiscreteScheduler): Record<string, unknown> {
  const { timesteps, beta } = schedule;
  const [betaStart, betaEnd] = [beta[0] as number, beta[timesteps - 1] as number];
  const size = { num_train_timesteps: timesteps };
  if (betaEnd < 1) {
    const ends = { timesteps, betaStart: plain(betaStart), betaEnd: plain(betaEnd) };
    const named = { ...size, beta_start: ends.betaStart, beta_end: ends.betaEnd };
    if (same(schedule, linearSchedule(ends))) return { ...named, beta_schedule: 'linear' };
    if (same(schedule, scaledLinearSchedule(ends))) return { ...named, beta_schedule: 'scaled_linear' };
    if (same(schedule, cosineSchedule({ timesteps }))) return { ...size, beta_schedule: 'squaredcos_cap_v2' };
    if (method === 'ddpm') {
      // Its ends are of the sigmoid at ±6, which reaches neither 0 nor 1.
      const least = 1 / (1 + Math.exp(6));
      const slope = (betaEnd - betaStart) / (1 - 2 * least);
      const [start, end] = [plain(betaStart - slope * least), plain(betaEnd + slope * least)];
      const known = start > 0 && end < 1 && timesteps > 1;
      if (known && same(schedule, sigmoidBetaSchedule({ timesteps, betaStart: start, betaEnd: end })))
        return { ...size, beta_start: start, beta_end: end, beta_schedule: 'sigmoid' };
    }
  }
  const fix = 'end with some signal left';
  check(betaEnd < 1 || method !== 'dpmSolver', fn, 'the last beta', 'below 1 for dpmSolver', betaEnd, fix);
  return { ...size, trained_betas: Array.from(beta) };
}

/** Without what rounding has left in the last digits. */
function plain(x: number): number {
  return Number(x.toPrecision(13));
}

function same(a: NoiseSchedule, b: NoiseSchedule): boolean {
  return a.beta.every((beta, t) => Math.abs(beta - (b.beta[t] as number)) <= 1e-12 * beta);
}
