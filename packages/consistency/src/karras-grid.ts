import { check, checkInteger } from '@immiscible/core';
import { karrasSigmas, SIGMA_RANGE_KEYS, type SigmaRange } from '@immiscible/schedulers';

/** The range of levels out of options that have more. */
export function sigmaRangeOf(options: SigmaRange): SigmaRange {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([key, value]) => Object.hasOwn(SIGMA_RANGE_KEYS, key) && value !== undefined,
    ),
  );
}

/** Neighboring levels lie further apart than this share of them, 16 units in the last place of float32. */
export const MIN_RELATIVE_GAP: number = 2 ** -20;

/** More levels than any curriculum has: their tables are of a few megabytes still. */
const MAX_LEVELS = 2 ** 20;

/** How many levels lie how. */
export interface KarrasGrid {
  /** What the number is called by the function that was called. */
  readonly name: string;
  /** One less than there are levels. */
  readonly intervals: number;
  readonly range: SigmaRange;
}

/** @throws RangeError if float32 doesn't tell the levels of a Karras grid apart, or the range or their number is out of range */
export function checkKarrasGrid(fn: string, { name, intervals, range }: KarrasGrid): void {
  checkInteger(fn, name, intervals, 1);
  check(intervals < MAX_LEVELS, fn, name, `below ${MAX_LEVELS}`, intervals);
  const sigmas = karrasSigmas(intervals + 1, range);
  const gap = sigmas
    .slice(1)
    .reduce((least, high, i) => Math.min(least, 1 - (sigmas[i] as number) / high), 1);
  const fix = 'take fewer levels or a wider range';
  check(
    gap >= MIN_RELATIVE_GAP,
    fn,
    name,
    'few enough for float32 to tell neighboring levels apart',
    intervals,
    fix,
  );
}
