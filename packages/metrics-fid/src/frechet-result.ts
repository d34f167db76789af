import { check } from '@immiscible/core';
import { frechetDistance } from './frechet-distance.js';
import type { ImageStatistics } from './image-statistics.js';
import { INCEPTION_SHA256 } from './inception-sha256.js';

/** A distance with all that it takes to compare it with another one. */
export interface FrechetResult {
  /** `FID` (or `sFID`) for the 2015 Inception network's published weights; else `FD-` and the extractor's name. */
  readonly metric: string;
  /** The Fréchet distance, squared. */
  readonly value: number;
  /** Number of images of each set. Distances of different n don't compare: fewer images, larger distance. */
  readonly n: readonly [number, number];
  /** Features of an image. */
  readonly dimensions: number;
  /** The extractor's id. */
  readonly extractor: string;
  /** How images were resized for Inception; null for extractors that don't differ in it. */
  readonly mode: string | null;
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
    metric: metricName(extractor),
    value: frechetDistance(a, b),
    n,
    dimensions,
    extractor,
    mode: extractorParts(extractor).mode,
    warnings: n
      .filter((count) => count <= dimensions)
      .map(
        (count) =>
          `${count} images give a singular covariance of ${dimensions} features: the distance is mostly bias`,
      ),
  };
}

/**
 * The metric's name by its extractor's. A distance by another network than the 2015 Inception, or by that with other
 * weights than the published ones, is never called FID.
 */
export function metricName(extractor: string): string {
  const [name = '', version = ''] = extractor.split('@', 2);
  const published = /^[0-9a-f]+/.exec(version)?.[0] === INCEPTION_SHA256.slice(0, 12);
  if (name === 'inception2015' && published) return 'FID';
  return name === 'inception2015-spatial' && published ? 'sFID' : `FD-${name}`;
}

/** An extractor's id without the mode of resizing, and that mode. */
export function extractorParts(extractor: string): { network: string; mode: string | null } {
  const [network = '', ...rest] = extractor.split('+');
  return { network, mode: network.startsWith('inception2015') ? rest.join('+') || 'pytorch' : null };
}
