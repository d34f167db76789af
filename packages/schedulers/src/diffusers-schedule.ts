import { check, checkInteger } from '@immiscible/core';
import { cosineSchedule } from './cosine.js';
import { type DiffusersValues, flag, number, oneOf } from './diffusers-values.js';
import { exponentialSchedule } from './exponential.js';
import { linearSchedule } from './linear.js';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';
import { scaledLinearSchedule } from './scaled-linear.js';
import { sigmoidBetaSchedule } from './sigmoid.js';
import { rescaleZeroTerminalSnr } from './zero-terminal-snr.js';

/** What DPMSolverMultistepScheduler has in place of ᾱ = 0, so that σ stays finite: the least half float. */
export const MIN_ALPHA_BAR: number = 2 ** -24;

/** The noise schedule that a config of one of the discrete classes means. */
export function scheduleOf(fn: string, name: string, values: DiffusersValues): NoiseSchedule {
  const [betaStart, betaEnd] = [number(fn, values, 'beta_start'), number(fn, values, 'beta_end')];
  const timesteps = number(fn, values, 'num_train_timesteps');
  checkInteger(fn, 'num_train_timesteps', timesteps, 1);
  const options = { timesteps, betaStart, betaEnd };
  const named: Record<string, () => NoiseSchedule> = {
    linear: () => linearSchedule(options),
    scaled_linear: () => scaledLinearSchedule(options),
    squaredcos_cap_v2: () => cosineSchedule({ timesteps }),
    ...(name === 'DDPMScheduler' && { sigmoid: () => sigmoidBetaSchedule(options) }),
    ...(name === 'HeunDiscreteScheduler' && { exp: () => exponentialSchedule({ timesteps }) }),
  };
  const betas = values['trained_betas'] ?? null;
  if (betas !== null) {
    const full = Array.isArray(betas) && betas.length === timesteps;
    check(full, fn, 'trained_betas', `a list of num_train_timesteps (${timesteps}) numbers`, betas);
  }
  const schedule =
    betas === null ? oneOf(fn, values, 'beta_schedule', named)() : noiseSchedule(betas as number[]);
  const rescales =
    Object.hasOwn(values, 'rescale_betas_zero_snr') && flag(fn, values, 'rescale_betas_zero_snr');
  if (!rescales) return { ...schedule, alphaBar: cumulativeProducts(schedule.beta) };
  const rescaled = rescaleZeroTerminalSnr(schedule);
  const alphaBar = cumulativeProducts(rescaledBetas(schedule.beta));
  if (name === 'DPMSolverMultistepScheduler') alphaBar[timesteps - 1] = MIN_ALPHA_BAR;
  return { ...rescaled, alphaBar };
}

const round = Math.fround;

/**
 * ᾱ as diffusers has it: betas and alphas are rounded to float32, their products are accumulated in float64 and rounded. Where β is near 1,
 * 1 − β is off by more than samples may be.
 */
function cumulativeProducts(beta: Float64Array): Float64Array {
  let product = 1;
  return beta.map((value) => round((product *= round(1 - round(value)))));
}

/** Betas rescaled as diffusers does it, each operation rounded to float32. */
function rescaledBetas(beta: Float64Array): Float64Array {
  const root = cumulativeProducts(beta).map((value) => round(Math.sqrt(value)));
  const [first, last] = [root[0] as number, root[root.length - 1] as number];
  const scale = round(first / round(first - last));
  const alphaBar = root.map((value) => round(round(round(value - last) * scale) ** 2));
  return alphaBar.map((value, t) =>
    round(1 - (t === 0 ? value : round(value / (alphaBar[t - 1] as number)))),
  );
}
