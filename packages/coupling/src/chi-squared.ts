import { log, type Rng } from '@immiscible/core';

/**
 * One draw from the chi-squared distribution: the squared length of a standard normal vector of that many dimensions,
 * without drawing the vector.
 *
 * By Marsaglia and Tsang's method for Gamma(ν/2), which is exact: accept `d·v`, v = (1 + x/√(9d))³ for normal x,
 * with probability `v·e^(…)` as below. Uses only operations that every JavaScript engine rounds alike.
 *
 * @param degrees - ν, an integer of at least 0; χ² of 0 degrees is 0
 * @see Marsaglia & Tsang 2000, "A simple method for generating gamma variables", ACM Trans. Math. Softw. 26(3)
 */
export function chiSquared(degrees: number, rng: Rng): number {
  if (degrees === 0) return 0;
  // The method is for shapes ν/2 of at least 1.
  if (degrees === 1) return rng.normal() ** 2;
  const d = degrees / 2 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const u = rng.uniform();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const x2 = x * x;
    // The first test is a bound of the second that spares nearly all logarithms.
    if (u < 1 - 0.0331 * x2 * x2 || u === 0 || log(u) < x2 / 2 + d * (1 - v + log(v))) return 2 * d * v;
  }
}
