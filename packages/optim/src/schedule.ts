import { check, checkInteger, checkOptions } from '@immiscible/core';

/** A number for each training step, counted from 0: a learning rate, a decay. Pure. */
export type Schedule = (step: number) => number;

/** A value at every step, or one that depends on it. */
export type ScheduleLike = number | Schedule;

/**
 * A schedule from a number or a schedule.
 *
 * @param fn - the function that asks, for messages
 * @param name - the option's name, for messages
 * @throws RangeError if it is neither a finite number nor a function
 */
export function asSchedule(fn: string, name: string, value: ScheduleLike): Schedule {
  if (typeof value === 'function') return value;
  check(Number.isFinite(value), fn, name, 'a number or a function of the step', value);
  return constant(value);
}

/**
 * The same value at every step.
 *
 * @param value - that value
 */
export function constant(value: number): Schedule {
  return () => value;
}

/**
 * A straight line from `from` at step 0 to `to` at step `steps`, constant after it.
 *
 * `from + (to − from)·min(step / steps, 1)`
 *
 * @param options - both ends, and the step at which the second is reached
 */
export function linear(options: { from: number; to: number; steps: number }): Schedule {
  checkOptions('linear', options, ['from', 'to', 'steps']);
  const { from, to, steps } = options;
  check(Number.isFinite(from) && Number.isFinite(to), 'linear', 'from and to', 'numbers', [from, to]);
  checkInteger('linear', 'steps', steps, 1);
  return (step) => from + (to - from) * Math.min(step / steps, 1);
}

/**
 * Half a period of a cosine from `from` at step 0 to `to` at step `steps`, constant after it.
 *
 * `to + (from − to)·(1 + cos(π·min(step / steps, 1))) / 2`
 *
 * @param options - both ends (`to` is 0 unless given), and the step at which the second is reached
 * @see Loshchilov & Hutter 2017, Eq. 5, without restarts (arXiv:1608.03983)
 */
export function cosineDecay(options: { from: number; to?: number; steps: number }): Schedule {
  checkOptions('cosineDecay', options, ['from', 'to', 'steps']);
  const { from, to = 0, steps } = options;
  check(Number.isFinite(from) && Number.isFinite(to), 'cosineDecay', 'from and to', 'numbers', [from, to]);
  checkInteger('cosineDecay', 'steps', steps, 1);
  return (step) => to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(step / steps, 1)))) / 2;
}

/**
 * Constant up to step `reference`, then falling with the square root of the step.
 *
 * `value / √max(step / reference, 1)`
 *
 * @param options - the value at first, and the last step that has it
 * @see Karras et al. 2024 (EDM2), whose ramp is {@link warmup} (arXiv:2312.02696)
 */
export function inverseSqrtDecay(options: { value: number; reference: number }): Schedule {
  checkOptions('inverseSqrtDecay', options, ['value', 'reference']);
  const { value, reference } = options;
  check(Number.isFinite(value), 'inverseSqrtDecay', 'value', 'a number', value);
  check(reference > 0, 'inverseSqrtDecay', 'reference', 'positive', reference);
  return (step) => value / Math.sqrt(Math.max(step / reference, 1));
}

/**
 * Another schedule, ramped up linearly over its first `steps` steps. The ramp multiplies; it doesn't delay what it
 * ramps. Step 0 has 1/steps of the full value, so that no step is wasted.
 *
 * `schedule(step)·min((step + 1) / steps, 1)`
 *
 * @param steps - how many steps the ramp takes; at least 1
 * @param schedule - what is ramped up
 * @example
 * const rate = warmup(5000, 2e-4); // DDPM on CIFAR-10
 * const other = warmup(100, cosineDecay({ from: 1e-3, steps: 1500 }));
 */
export function warmup(steps: number, schedule: ScheduleLike): Schedule {
  checkInteger('warmup', 'steps', steps, 1);
  const full = asSchedule('warmup', 'schedule', schedule);
  return (step) => full(step) * Math.min((step + 1) / steps, 1);
}
