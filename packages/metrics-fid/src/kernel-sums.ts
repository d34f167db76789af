import { dotProducts } from './dot-products.js';
import type { Rows } from './features.js';
import { eachDistance } from './squared-distances.js';

/**
 * Σ k(x, y) over all pairs of centered vectors, without those of a vector and itself if both are one set; or of a kernel
 * that differs from k by functions of x and of y alone: these cancel in an unbiased discrepancy, exactly.
 */
export type KernelSum = (x: Rows, y: Rows) => number;

/** Of `exp(−‖x − y‖²/2σ²)`. */
export function gaussianSum(sigma: number): KernelSum {
  return (x, y) => {
    let sum = 0;
    eachDistance('kernelDistance', x, y, (i, distances) => {
      for (let j = 0; j < y.n; j++) {
        if (x !== y || i !== j) sum += Math.exp(-(distances[j] as number) / (2 * sigma * sigma));
      }
    });
    return sum;
  };
}

/**
 * Of `(gamma·xᵀy + coef0)^degree`.
 *
 * With x = m + u and y = m + v it is `(A + p + q + e)^degree`, `A = gamma·‖m‖² + coef0`, `p = gamma·mᵀu`,
 * `q = gamma·mᵀv`, `e = gamma·uᵀv`. Far from the origin A is large, and `A^degree` and the powers of `A + p` and `A + q`,
 * which cancel in the end, would leave no digits to the rest. So what is summed is
 *
 * `k(x, y) − k(x, m) − k(m, y) + k(m, m) = Σ_j C(degree, j)·A^(degree − j)·[(p + q + e)^j − p^j − q^j]`,  j = 1 … degree.
 *
 * @param center - m, which was taken off the vectors
 */
export function polynomialSum(
  { degree, gamma, coef0 }: { degree: number; gamma: number; coef0: number },
  center: Float64Array,
): KernelSum {
  const a = gamma * center.reduce((sum, value) => sum + value * value, 0) + coef0;
  const weights = new Float64Array(degree + 1);
  let binomial = 1;
  for (let j = 1; j <= degree; j++) {
    binomial *= (degree - j + 1) / j;
    weights[j] = binomial * a ** (degree - j);
  }
  const projections = ({ n, d, data }: Rows) =>
    Float64Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (data[i * d + k] as number) * (center[k] as number);
      return gamma * sum;
    });
  return (x, y) => {
    const [left, right] = [projections(x), projections(y)];
    let total = 0;
    dotProducts('kernelDistance', x, y, (first, count, products) => {
      for (let i = 0; i < count; i++) {
        const p = left[first + i] as number;
        for (let j = 0; j < y.n; j++) {
          if (x === y && first + i === j) continue;
          const q = right[j] as number;
          const e = gamma * (products[i * y.n + j] as number);
          const s = p + q + e;
          // D_j = s^j − p^j − q^j, by D_(j+1) = s·D_j + (q + e)·p^j + (p + e)·q^j.
          let [powerP, powerQ, rest] = [p, q, e];
          total += (weights[1] as number) * rest;
          for (let power = 2; power <= degree; power++) {
            rest = s * rest + (q + e) * powerP + (p + e) * powerQ;
            powerP *= p;
            powerQ *= q;
            total += (weights[power] as number) * rest;
          }
        }
      }
    });
    return total;
  };
}
