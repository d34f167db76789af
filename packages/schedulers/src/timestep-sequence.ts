import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { arange, linspace, roundHalfEven } from './numpy-rounding.js';

/**
 * How `steps` timesteps are picked out of T:
 * - `trailing`: evenly, from the noisiest, T − 1, down. The last of them is T/steps − 1.
 * - `linspace`: evenly, from T − 1 down to 0, both included.
 * - `leading`: evenly, from 0 up; the noisiest is only T − T/steps, though sampling starts from pure noise.
 * - `quadratic`: dense at little noise, from √(0.8·T)² down to 0.
 */
export type Spacing = 'leading' | 'trailing' | 'linspace' | 'quadratic';

/** Options of {@link timestepSequence}: `steps` and `spacing`, or `timesteps`. */
export interface TimestepSequenceOptions {
  /** How many, in [1, T]. @defaultValue T, all of them */
  readonly steps?: number | undefined;
  /** @defaultValue `'trailing'`: the only one that starts at the noisiest timestep for any number of steps and
   * doesn't spend a step on the cleanest (Lin et al. 2024) */
  readonly spacing?: Spacing | undefined;
  /** A list of one's own instead: strictly falling integers in [0, T). */
  readonly timesteps?: ArrayLike<number> | undefined;
}

/**
 * The timesteps that a sampler visits, noisiest first.
 *
 * @param total - T, the number of timesteps of the schedule
 * @param options - how many and how spaced, or a list
 * @returns int32, strictly falling. `quadratic` leaves out repeated ones, so it may be shorter than `steps`
 * @throws RangeError if `steps` isn't in [1, T], if `leading` or `quadratic` is asked for one step (it would be the
 * cleanest), or if the list doesn't fall strictly within [0, T)
 * @see Lin et al. 2024, table 2 (arXiv:2305.08891); Song et al. 2021, appendix D.2 (arXiv:2010.02502)
 * @example
 * timestepSequence(1000, { steps: 4 }); // 999, 749, 499, 249
 */
export function timestepSequence(total: number, options: TimestepSequenceOptions = {}): Int32Array {
  const fn = 'timestepSequence';
  checkInteger(fn, 'total', total, 1);
  checkOptions(fn, options, {
    ...{ steps: true, spacing: true, timesteps: true },
  } satisfies OptionKeys<TimestepSequenceOptions>);
  if (options.timesteps !== undefined) return customSequence(total, options);
  const { steps = total, spacing = 'trailing' } = options;
  check(
    Number.isInteger(steps) && steps >= 1 && steps <= total,
    fn,
    'steps',
    `an integer in [1, ${total}]`,
    steps,
  );
  const list = (at: (i: number) => number) => Int32Array.from({ length: steps }, (_, i) => at(i));
  switch (spacing) {
    case 'trailing':
      return Int32Array.from(arange(total, 0, -total / steps).slice(0, steps), (t) => roundHalfEven(t) - 1);
    case 'linspace':
      if (steps === 1) return list(() => total - 1);
      return Int32Array.from(linspace(0, total - 1, steps).reverse(), roundHalfEven);
    case 'leading': {
      checkStartsNoisy(spacing, steps, total);
      const ratio = Math.floor(total / steps);
      return list((i) => (steps - 1 - i) * ratio);
    }
    case 'quadratic': {
      checkStartsNoisy(spacing, steps, total);
      const end = Math.sqrt(total * 0.8);
      const root = (i: number) => (i === steps - 1 ? end : i * (end / Math.max(1, steps - 1)));
      return Int32Array.from(new Set(list((i) => Math.floor(root(steps - 1 - i) ** 2))));
    }
    default:
      check(false, fn, 'spacing', '"leading", "trailing", "linspace" or "quadratic"', spacing);
  }
}

/** A step of a sampler: from a timestep to the next cleaner one that it visits. */
export interface TimestepPair {
  /** Where the step begins. */
  readonly timestep: number;
  /** The next entry of the same list, or −1, the clean image, after the last. */
  readonly previous: number;
}

/**
 * The steps along a sequence of timesteps. Where a step leads comes from the list itself, not from an even spacing
 * that the list may not have.
 *
 * @param sequence - strictly falling, as {@link timestepSequence} makes it
 */
export function timestepPairs(sequence: Int32Array): TimestepPair[] {
  return Array.from(sequence, (timestep, i) => ({ timestep, previous: sequence[i + 1] ?? -1 }));
}

function customSequence(
  total: number,
  { timesteps = [], steps, spacing }: TimestepSequenceOptions,
): Int32Array {
  const fn = 'timestepSequence';
  const alone = steps === undefined && spacing === undefined;
  check(alone, fn, 'timesteps', 'given without steps and spacing', { steps, spacing }, 'leave one out');
  const values = Array.from(timesteps);
  check(values.length > 0, fn, 'timesteps', 'a list of at least one timestep', values);
  values.forEach((t, i) => {
    const below = i === 0 ? total : (values[i - 1] as number);
    const falls = Number.isInteger(t) && t >= 0 && t < below;
    const fix = 'list distinct timesteps, noisiest first';
    check(falls, fn, `timesteps[${i}]`, `an integer in [0, ${below})`, t, fix);
  });
  return Int32Array.from(values);
}

function checkStartsNoisy(spacing: Spacing, steps: number, total: number): void {
  const fix = 'take trailing or linspace';
  check(
    steps > 1 || total === 1,
    'timestepSequence',
    'steps',
    `at least 2 with spacing "${spacing}"`,
    steps,
    fix,
  );
}
