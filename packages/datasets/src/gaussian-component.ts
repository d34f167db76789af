import { check } from '@immiscible/core';

/** One Gaussian of a mixture. */
export interface Component {
  readonly logWeight: number;
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  /** Lower triangular, covariance = L·Lᵀ; row-major D×D. */
  readonly factor: Float64Array;
  /** log weight − ½·log det(2π·Σ). */
  readonly offset: number;
}

/**
 * Checks a Gaussian, and factors its covariance by Cholesky.
 *
 * @param name - what messages call the covariance
 */
export function gaussianComponent(
  fn: string,
  name: string,
  logWeight: number,
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): Component {
  const d = mean.length;
  check(
    covariance.length === d && covariance.every((row) => row.length === d),
    fn,
    name,
    `a variance or a ${d}×${d} matrix`,
    covariance,
  );
  const factor = new Float64Array(d * d);
  let logDeterminant = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const entry = covariance[i]?.[j] as number;
      let sum = entry;
      for (let k = 0; k < j; k++) sum -= (factor[i * d + k] as number) * (factor[j * d + k] as number);
      const definite = i === j ? sum > 0 && Number.isFinite(sum) : entry === covariance[j]?.[i];
      check(definite, fn, name, 'symmetric and positive definite', covariance);
      factor[i * d + j] = i === j ? Math.sqrt(sum) : sum / (factor[j * d + j] as number);
    }
    logDeterminant += 2 * Math.log(factor[i * d + i] as number);
  }
  return {
    logWeight,
    mean: [...mean],
    covariance,
    factor,
    offset: logWeight - 0.5 * (d * Math.log(2 * Math.PI) + logDeterminant),
  };
}

/**
 * `log w − ½·(x − μ)ᵀΣ⁻¹(x − μ) − ½·log det(2π·Σ)` of one point.
 *
 * @param component - the Gaussian and its weight
 * @param x - where the point begins at `at`
 * @param at - index in `x`
 * @param pull - gets `Σ⁻¹(μ − x)`, `[D]`
 */
export function weightedLogDensity(
  { mean, factor, offset }: Component,
  x: Float64Array | Float32Array,
  at: number,
  pull: Float64Array,
): number {
  const d = mean.length;
  let squared = 0;
  // L z = μ − x, whose square is the Mahalanobis distance; then Lᵀ y = z.
  for (let i = 0; i < d; i++) {
    let sum = (mean[i] as number) - (x[at + i] as number);
    for (let j = 0; j < i; j++) sum -= (factor[i * d + j] as number) * (pull[j] as number);
    pull[i] = sum / (factor[i * d + i] as number);
    squared += (pull[i] as number) ** 2;
  }
  for (let i = d - 1; i >= 0; i--) {
    let sum = pull[i] as number;
    for (let j = i + 1; j < d; j++) sum -= (factor[j * d + i] as number) * (pull[j] as number);
    pull[i] = sum / (factor[i * d + i] as number);
  }
  return offset - 0.5 * squared;
}

/**
 * One point of it, `μ + L·z`.
 *
 * @param component - the Gaussian
 * @param normal - z, standard normal
 * @param out - gets the point from `at` on
 * @param at - index in `out`
 */
export function placePoint(
  { mean, factor }: Component,
  normal: Float64Array,
  out: Float32Array,
  at: number,
): void {
  const d = mean.length;
  for (let i = 0; i < d; i++) {
    let value = mean[i] as number;
    for (let j = 0; j <= i; j++) value += (factor[i * d + j] as number) * (normal[j] as number);
    out[at + i] = value;
  }
}
