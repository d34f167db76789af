import { auction, jonkerVolgenant, solveAssignment } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { exactPaths } from '../src/exact-paths.js';

/** Signed powers of two, from 2^−1000 to 2^1000, whose sums are exact as whole multiples of 2^−1074. */
function powers(seed: number) {
  const rng = createRng(31).split(seed);
  const rows = rng.integer(1, 6);
  const cols = rng.integer(rows, 7);
  const exponents = Array.from({ length: rows * cols }, () => rng.integer(-1000, 1001));
  const signs = exponents.map(() => (rng.uniform() < 0.5 ? -1 : 1));
  const units = exponents.map((e, k) => BigInt(signs[k] as number) << BigInt(e + 1074));
  const cost = ndarray(
    Float64Array.from(exponents, (e, k) => (signs[k] as number) * 2 ** e),
    [rows, cols],
  );
  const total = (owners: ArrayLike<number>) =>
    Array.from(owners).reduce((sum, j, i) => sum + (units[i * cols + j] as bigint), 0n);
  let least: bigint | undefined;
  const search = (taken: number[]): void => {
    if (taken.length === rows) {
      const sum = total(taken);
      if (least === undefined || sum < least) least = sum;
      return;
    }
    for (let j = 0; j < cols; j++) if (!taken.includes(j)) search([...taken, j]);
  };
  search([]);
  return { rows, cols, cost, total, least: least as unknown as bigint };
}

describe('costs from 2^−1000 to 2^1000', () => {
  it('are assigned at the least sum there is, to the last bit, by whole numbers', () => {
    for (let seed = 0; seed < 300; seed++) {
      const { rows, cols, cost, total, least } = powers(seed);
      const { owners } = exactPaths(rows, cols, (i, j) => cost.get(i, j));
      expect(total(owners)).toBe(least);
    }
  });

  it.each([solveAssignment, auction, jonkerVolgenant])(
    'are solved by %o as well as a double can tell',
    (solver) => {
      for (let seed = 0; seed < 300; seed++) {
        const { cost, total, least } = powers(seed);
        const excess = total(solver(cost).rowToCol) - least;
        // A double's share of the sum.
        expect(excess <= (least < 0n ? -least : least) >> 40n).toBe(true);
      }
    },
  );

  it('are solved where float64 duals of 1e285 hide a choice between 1e55 and 1e258: SciPy 1.17.1 finds the same', () => {
    const X = Infinity;
    // prettier-ignore
    const entries = [X,X,X,X,X,1.3003705062176556e+55,X,X,-2.502976501622938e+43,1336025671.4774988,-4.835767511210453e+285,1.5164514308398456e+258,X,X,1.0160160464175327e-229,X,X,X,-2.343330774970621e-159,X,X,X,X,-9.952317795849939e-231,-2.0687096533459905e-112,-856857843365725300000,X,2.029411651858825e-18,X,-6.280928183129824e+241,X,1.0832583146602629e-172,X,1.2330145289713047e+269,X,X,-38527809925420745000,X,X,X,X,X,1.0530505682899407e+294,X,-2.2748809188348445e-13,4.5649770141294e+209,1.3055688191002144e-85,X,X];
    for (const solver of [solveAssignment, auction, jonkerVolgenant]) {
      const { totalCost, gap } = solver(ndarray(entries, [7, 7]));
      expect(totalCost).toBe(1.3003705062176556e55);
      expect(gap).toBeLessThan(1e272);
    }
  });
});
