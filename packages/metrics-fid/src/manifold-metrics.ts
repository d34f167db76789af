import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { centerPair, type Features, featurePair, type Rows } from './features.js';
import { eachDistance } from './squared-distances.js';

/** Options of {@link manifoldMetrics}. */
export interface ManifoldMetricsOptions {
  /**
   * Which nearest neighbor a ball reaches to.
   * @defaultValue 5, as for density and coverage; precision and recall were published with 3
   */
  readonly k?: number;
}

/** What {@link manifoldMetrics} finds. */
export interface ManifoldMetrics {
  /** Share of generated vectors inside a ball of a real one. */
  readonly precision: number;
  /** Share of real vectors inside a ball of a generated one. */
  readonly recall: number;
  /** Mean number of real balls that a generated vector is in, divided by k; may exceed 1. */
  readonly density: number;
  /** Share of real vectors whose ball holds a generated one. */
  readonly coverage: number;
}

/**
 * Precision, recall, density and coverage, with balls to each vector's k-th nearest neighbor in its own set.
 *
 * @param real - `[N,D]`, N > k; borrowed
 * @param generated - `[M,D]`, M > k; borrowed
 * @param options - which nearest neighbor
 * @throws RangeError if there are too few vectors, or features aren't finite
 * @see Kynkäänniemi et al. 2019 (arXiv:1904.06991); Naeem et al. 2020, Eqs. 1–4 (arXiv:2002.09797)
 */
export function manifoldMetrics(
  real: Features,
  generated: Features,
  options: ManifoldMetricsOptions = {},
): ManifoldMetrics {
  const fn = 'manifoldMetrics';
  checkOptions(fn, options, { k: true } satisfies OptionKeys<ManifoldMetricsOptions>);
  const { k = 5 } = options;
  checkInteger(fn, 'k', k, 1);
  const { a, b } = centerPair(fn, featurePair(fn, real, generated, 2));
  check(a.n > k && b.n > k, fn, 'k', 'less than the number of vectors', k);
  const realBalls = balls(fn, a, k);
  const generatedBalls = balls(fn, b, k);
  const insideReal = new Int32Array(b.n);
  let recalled = 0;
  let covered = 0;
  eachDistance(fn, a, b, (i, distances) => {
    const radius = realBalls[i] as number;
    let [isRecalled, isCovered] = [0, 0];
    for (let j = 0; j < b.n; j++) {
      const distance = distances[j] as number;
      if (distance < (generatedBalls[j] as number)) isRecalled = 1;
      if (distance < radius) {
        isCovered = 1;
        insideReal[j] = (insideReal[j] as number) + 1;
      }
    }
    recalled += isRecalled;
    covered += isCovered;
  });
  let [inside, total] = [0, 0];
  for (const count of insideReal) {
    if (count > 0) inside++;
    total += count;
  }
  return {
    precision: inside / b.n,
    recall: recalled / a.n,
    density: total / (k * b.n),
    coverage: covered / a.n,
  };
}

/** Squared distance of each vector to its k-th nearest neighbor. */
function balls(fn: string, x: Rows, k: number): Float64Array {
  const radii = new Float64Array(x.n);
  const nearest = new Float64Array(k);
  eachDistance(fn, x, x, (i, distances) => {
    nearest.fill(Infinity);
    for (let j = 0; j < x.n; j++) {
      const distance = distances[j] as number;
      if (j === i || distance >= (nearest[k - 1] as number)) continue;
      let place = k - 1;
      for (; place > 0 && (nearest[place - 1] as number) > distance; place--) {
        nearest[place] = nearest[place - 1] as number;
      }
      nearest[place] = distance;
    }
    radii[i] = nearest[k - 1] as number;
  });
  return radii;
}
