/**
 * Probabilities of the intervals between noise levels if ln σ is normal:
 * `p_i ∝ erf((ln σ_{i+1} − mean)/(√2·deviation)) − erf((ln σ_i − mean)/(√2·deviation))`
 *
 * @param sigmas - ascending
 * @returns float64, one less than there are levels; they add up to 1
 * @see Song & Dhariwal 2023, Eq. 10 (arXiv:2310.14189)
 */
export function logNormalIntervals(sigmas: Float64Array, mean: number, deviation: number): Float64Array {
  const at = Array.from(sigmas, (sigma) => erf((Math.log(sigma) - mean) / (Math.SQRT2 * deviation)));
  const masses = Float64Array.from(
    { length: sigmas.length - 1 },
    (_, i) => (at[i + 1] as number) - (at[i] as number),
  );
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

/** Where a number in [0, 1) falls among probabilities. */
export function intervalAt(probabilities: Float64Array, uniform: number): number {
  let left = uniform;
  for (let i = 0; i < probabilities.length - 1; i++) {
    left -= probabilities[i] as number;
    if (left < 0) return i;
  }
  return probabilities.length - 1;
}

/** The error function to double precision: Maclaurin series near 0, continued fraction for the tails. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a > 2.5) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (a + fraction);
    return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
  }
  let term = a;
  let sum = a;
  for (let n = 1; n < 80; n++) {
    term *= (-a * a) / n;
    sum += term / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
}
