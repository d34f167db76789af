import { expect } from 'vitest';

/** How close is close: `|actual − expected| ≤ atol + rtol·|expected|`, as NumPy's `allclose`. */
export interface Tolerance {
  /** @defaultValue 1e-5 */
  readonly rtol?: number;
  /** @defaultValue 1e-6 */
  readonly atol?: number;
}

/** Numbers in any form: one, a nested list, a typed array, a tensor, or an `NdArray` (contiguous). */
export type NumbersLike =
  | number
  | readonly NumbersLike[]
  | ArrayLike<number>
  | { readonly shape: readonly number[]; dataSync(): ArrayLike<number> }
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

interface Flat {
  readonly values: number[];
  /** Unknown where the form has none. */
  readonly shape: readonly number[] | undefined;
}

function flatten(numbers: NumbersLike): Flat {
  if (typeof numbers === 'number') return { values: [numbers], shape: [] };
  if ('dataSync' in numbers) return { values: Array.from(numbers.dataSync()), shape: numbers.shape };
  if ('data' in numbers) return { values: Array.from(numbers.data), shape: numbers.shape };
  if (!Array.isArray(numbers)) return { values: Array.from(numbers as ArrayLike<number>), shape: undefined };
  const rows = (numbers as readonly NumbersLike[]).map(flatten);
  const inner = rows[0]?.shape;
  return {
    values: rows.flatMap((row) => row.values),
    shape: rows.every((row) => row.shape !== undefined) ? [rows.length, ...(inner ?? [])] : undefined,
  };
}

/** The first and the largest violation, or `undefined` if there is none. */
function violation(
  actual: Flat,
  expected: Flat,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance,
): string | undefined {
  const [a, e] = [actual.shape, expected.shape];
  // A flat list may stand for an array of any shape.
  if (
    a &&
    e &&
    a.length > 1 &&
    e.length > 1 &&
    (a.length !== e.length || a.some((size, i) => size !== e[i]))
  ) {
    return `expected shape [${a.join(',')}] to be [${e.join(',')}]`;
  }
  if (actual.values.length !== expected.values.length) {
    return `expected ${actual.values.length} values to be ${expected.values.length}`;
  }
  let largest = 0;
  let at = -1;
  let count = 0;
  actual.values.forEach((value, i) => {
    const wanted = expected.values[i] as number;
    if (value === wanted || (Number.isNaN(value) && Number.isNaN(wanted))) return;
    const difference = Math.abs(value - wanted);
    // An infinite or NaN bound would let anything pass.
    if (Number.isFinite(wanted) && difference <= atol + rtol * Math.abs(wanted)) return;
    count++;
    if (at < 0 || !(difference <= largest)) {
      largest = difference;
      at = i;
    }
  });
  if (count === 0) return undefined;
  return (
    `expected all values within atol ${atol} + rtol ${rtol}, got ${count} of ${actual.values.length} outside; ` +
    `worst at ${at}: ${actual.values[at]} for ${expected.values[at]}, off by ${largest.toExponential(2)}`
  );
}

declare module 'vitest' {
  interface Matchers<T> {
    /** All values close to the expected ones, and the shapes the same where both have one. */
    toBeAllClose(expected: NumbersLike, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllClose(actual: NumbersLike, expected: NumbersLike, tolerance: Tolerance = {}) {
    const problem = violation(flatten(actual), flatten(expected), tolerance);
    return {
      pass: problem === undefined,
      message: () => problem ?? 'expected values not to be close, and they are',
    };
  },
});
