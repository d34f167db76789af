import { check } from '@immiscible/core';
import { frechetDistance } from './frechet-distance.js';
import type { ImageStatistics } from './image-statistics.js';

/** A distance with all that it takes to compare it with another one. */
export interface FrechetResult {
  /** `FD-` and the extractor's name. Never "FID", which is that of one network of 2015. */
  readonly metric: string;
  readonly value: number;
  /** Number of images of each set. Distances of different n don't compare: fewer images, larger distance. */
  readonly n: readonly [number, number];
  readonly dimensions: number;
  readonly extractor: string;
  /** What to know before trusting the value; empty if nothing. */
  readonly warnings: readonly string[];
}

/**
 * Fréchet distance between two sets of images, as a record.
 *
 * @param a - as made by {@link imageStatistics}
 * @param b - likewise, with the same extractor
 * @throws RangeError if the extractors differ
 */
export function frechetResult(a: ImageStatistics, b: ImageStatistics): FrechetResult {
  const { extractor, dimensions } = a;
  check(
    b.extractor === extractor,
    'frechetResult',
    'b.extractor',
    `"${extractor}" as that of a`,
    b.extractor,
    'take both from one extractor',
  );
  const n = [a.n, b.n] as const;
  return {
    metric: `FD-${extractor.split('@', 1)[0]}`,
    value: frechetDistance(a, b),
    n,
    dimensions,
    extractor,
    warnings: n
      .filter((count) => count <= dimensions)
      .map(
        (count) =>
          `${count} images give a singular covariance of ${dimensions} features: the distance is mostly bias`,
      ),
  };
}
