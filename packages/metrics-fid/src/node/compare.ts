import { createRng } from '@immiscible/core';
import type { Features } from '../features.js';
import { frechetDistance } from '../frechet-distance.js';
import { extractorParts, metricName } from '../frechet-result.js';
import { type KernelDistance, kernelDistance } from '../kernel-distance.js';
import { type ManifoldMetrics, manifoldMetrics } from '../manifold-metrics.js';
import type { FileStatistics } from './npz-file.js';

/** A distance with all that it takes to repeat it. */
export interface Comparison {
  /** `FID` for the 2015 Inception network's features, else `FD-` and the extractor's name. */
  readonly metric: string;
  readonly value: number;
  /** Images of each set; null where a file doesn't say. */
  readonly n: readonly [number | null, number | null];
  readonly dimensions: number;
  /** With a hash of its weights; null if neither side says. */
  readonly extractor: string | null;
  /** How images were resized; null for extractors that don't differ in it. */
  readonly mode: string | null;
  /** The two arguments. */
  readonly inputs: readonly [string, string];
  readonly warnings: readonly string[];
}

/**
 * Distance between two sets' statistics, as a record, with warnings where the sets are not alike.
 *
 * @throws RangeError if both name an extractor and these differ in more than the resize mode, or dimensions differ
 */
export function compare(inputs: readonly [string, string], a: FileStatistics, b: FileStatistics): Comparison {
  const warnings: string[] = [];
  const extractor = a.extractor ?? b.extractor ?? null;
  const [one, other] = [a.extractor, b.extractor].map((id) =>
    id === undefined ? undefined : extractorParts(id),
  );
  if (one && other && one.network !== other.network) {
    throw new RangeError(
      `fid: ${inputs[1]} must be of the extractor ${one.network} as ${inputs[0]}, got ${other.network}`,
    );
  }
  if (one && other && one.mode !== other.mode) {
    warnings.push(`the modes of resizing differ (${one.mode} and ${other.mode}): the distance means nothing`);
  }
  [a, b].forEach((side, i) => {
    if (side.extractor === undefined)
      warnings.push(`${inputs[i]} doesn't say which extractor its features are of`);
    if (side.n === undefined) warnings.push(`${inputs[i]} doesn't say of how many images it is`);
    else if (side.n <= side.dimensions) {
      warnings.push(
        `${side.n} images give a singular covariance of ${side.dimensions} features: the distance is mostly bias`,
      );
    }
  });
  if (a.n !== undefined && b.n !== undefined && a.n !== b.n) {
    warnings.push(
      `the numbers of images differ (${a.n} and ${b.n}): compare with distances of the same two only`,
    );
  }
  return {
    metric: extractor === null ? 'FD' : metricName(extractor),
    value: frechetDistance(a, b),
    n: [a.n ?? null, b.n ?? null],
    dimensions: a.dimensions,
    extractor,
    mode: extractor === null ? null : extractorParts(extractor).mode,
    inputs,
    warnings: [...new Set(warnings)],
  };
}

/** Metrics of the features themselves. */
export interface FeatureMetrics {
  /** KID, when the extractor is that of FID. */
  readonly kid?: KernelDistance & {
    readonly subsets: number;
    readonly subsetSize: number;
    readonly seed: number;
  };
  /** B's against A's: A is the real set. */
  readonly prdc?: ManifoldMetrics & { readonly k: number };
}

/** Options of {@link compareFeatures}. */
export interface FeatureMetricsOptions {
  readonly metrics: readonly ('kid' | 'prdc')[];
  readonly subsets: number;
  readonly subsetSize: number;
  readonly k: number;
  /** Draws KID's subsets. */
  readonly seed: number;
}

/**
 * KID, and precision, recall, density and coverage of two sets whose features were kept.
 *
 * @param a - the real set
 * @throws RangeError if a set has statistics only, or too few images
 */
export function compareFeatures(
  inputs: readonly [string, string],
  a: FileStatistics,
  b: FileStatistics,
  { metrics, subsets, subsetSize, k, seed }: FeatureMetricsOptions,
): FeatureMetrics {
  [a, b].forEach((side, i) => {
    if (metrics.length > 0 && side.features === undefined) {
      throw new RangeError(
        `fid: ${inputs[i]} must be images or .npy features for ${metrics.join(', ')}, got statistics`,
      );
    }
  });
  const [real, generated] = [a.features as Features, b.features as Features];
  const rng = createRng(seed);
  return {
    ...(metrics.includes('kid') && {
      kid: {
        ...kernelDistance(real, generated, { rng, subsets, subsetSize }),
        ...{ subsets, subsetSize, seed },
      },
    }),
    ...(metrics.includes('prdc') && { prdc: { ...manifoldMetrics(real, generated, { k }), k } }),
  };
}
