/** Sums over n vectors of length D. */
export interface Sums {
  n: number;
  /** float64 `[D]`. */
  readonly mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ, float64 `[D,D]`; only the upper triangle is meant. */
  readonly scatter: Float64Array;
}

/**
 * Joins rows to the sums: the rows are centered at their own mean, then the two sets joined by {@link joinMeans}.
 *
 * @param rows - float64 `[m,D]`, m ≥ 1; used up
 */
export function joinRows(sums: Sums, rows: Float64Array): void {
  const d = sums.mean.length;
  const m = rows.length / d;
  const mean = new Float64Array(d);
  for (let at = 0; at < rows.length; at += d) {
    for (let j = 0; j < d; j++) mean[j] = (mean[j] as number) + (rows[at + j] as number) / m;
  }
  for (let at = 0; at < rows.length; at += d) {
    for (let j = 0; j < d; j++) rows[at + j] = (rows[at + j] as number) - (mean[j] as number);
  }
  addProducts(sums.scatter, rows, d);
  joinMeans(sums, m, mean);
}

/**
 * The part of joining two sets that depends on their means, apart from adding the other set's scatter:
 * `S ← S + δδᵀ·n·m/(n + m)`, `mean ← mean + δ·m/(n + m)`, `δ = otherMean − mean`.
 */
export function joinMeans(sums: Sums, m: number, otherMean: Float64Array): void {
  const { n, mean, scatter } = sums;
  sums.n += m;
  if (n === 0) {
    mean.set(otherMean); // exactly
    return;
  }
  const delta = mean.map((value, j) => (otherMean[j] as number) - value);
  const root = Math.sqrt((n * m) / (n + m));
  addProducts(
    scatter,
    delta.map((value) => value * root),
    mean.length,
  );
  delta.forEach((value, j) => (mean[j] = (mean[j] as number) + (value * m) / (n + m)));
}

/** `S ← S + Σ row·rowᵀ` on the upper triangle, four rows a pass over S, which is what doesn't fit the caches. */
function addProducts(scatter: Float64Array, rows: Float64Array, d: number): void {
  const whole = rows.length - (rows.length % (4 * d));
  for (let at = 0; at < whole; at += 4 * d) {
    for (let i = 0; i < d; i++) {
      const a = rows[at + i] as number;
      const b = rows[at + d + i] as number;
      const c = rows[at + 2 * d + i] as number;
      const e = rows[at + 3 * d + i] as number;
      const line = i * d;
      for (let j = i; j < d; j++) {
        scatter[line + j] =
          (scatter[line + j] as number) +
          (a * (rows[at + j] as number) +
            b * (rows[at + d + j] as number) +
            c * (rows[at + 2 * d + j] as number) +
            e * (rows[at + 3 * d + j] as number));
      }
    }
  }
  for (let at = whole; at < rows.length; at += d) {
    for (let i = 0; i < d; i++) {
      const a = rows[at + i] as number;
      for (let j = i; j < d; j++) {
        scatter[i * d + j] = (scatter[i * d + j] as number) + a * (rows[at + j] as number);
      }
    }
  }
}
