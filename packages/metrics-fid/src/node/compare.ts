import { ArgumentError, checkOptions, type OptionKeys } from '@immiscible/core';
import { frechetDistance, type Gaussian } from '../frechet-distance.js';
import { extractorParts, metricName } from '../frechet-result.js';
import type { FileStatistics } from './npz-file.js';

/** A distance with all that it takes to repeat it. */
export interface Comparison {
  /**
   * `FID` where the features of both sets were measured here by the published 2015 Inception network, else `FD-` and the
   * extractor's name: statistics can't prove what they are of.
   */
  readonly metric: string;
  /** The Fréchet distance, squared. */
  readonly value: number;
  /** Images of each set; null where a file doesn't say. */
  readonly n: readonly [number | null, number | null];
  /** Features of an image. */
  readonly dimensions: number;
  /** With a hash of its weights; null if neither side says. */
  readonly extractor: string | null;
  /** The first 12 digits of the weights' SHA-256, as in `extractor`; null where its version is something else. */
  readonly hash: string | null;
  /** How images were resized; null for extractors that don't differ in it. */
  readonly mode: string | null;
  /** Inputs whose extractor is only what their file says of itself: statistics can't be checked. */
  readonly claimed: readonly string[];
  /** The two arguments. */
  readonly inputs: readonly [string, string];
  /** The first of them, to which the second one is compared. */
  readonly reference: string;
  /** What to know before trusting the value; empty if nothing. */
  readonly warnings: readonly string[];
}

/** Options of {@link compare}. */
export interface CompareOptions {
  /**
   * Let n ≤ D pass, with a warning: the covariance is singular then, and the distance mostly bias.
   * @defaultValue false
   */
  readonly allowFew?: boolean;
}
const OPTIONS = { allowFew: true } satisfies OptionKeys<CompareOptions>;

/**
 * Distance between two sets' statistics, as a record, with warnings where the sets are not alike.
 *
 * @param inputs - what to call the two in messages
 * @param a - statistics of the first
 * @param b - of the second
 * @param options - whether few images are an error
 * @throws RangeError if both name an extractor and these differ in more than the resize mode, dimensions differ, or a set
 *   has no more images than features and `allowFew` isn't set
 */
export function compare(
  inputs: readonly [string, string],
  a: FileStatistics,
  b: FileStatistics,
  options: CompareOptions = {},
): Comparison {
  checkOptions('compare', options, OPTIONS);
  const { allowFew = false } = options;
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
    checkClaim(inputs[i] as string, side);
    if (side.extractor === undefined)
      warnings.push(`${inputs[i]} doesn't say which extractor its features are of`);
    if (side.n === undefined) warnings.push(`${inputs[i]} doesn't say of how many images it is`);
    else if (side.n <= side.dimensions) {
      if (!allowFew) {
        throw tooFew(inputs[i] as string, `its ${side.dimensions} features`, side.n);
      }
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
    metric: nameOf(a, b, extractor ?? undefined) ?? 'FD',
    value: distanceOf(inputs, a, b),
    n: [a.n ?? null, b.n ?? null],
    dimensions: a.dimensions,
    extractor,
    hash: extractor === null ? null : (/@([0-9a-f]{12})(?![^+])/.exec(extractor)?.[1] ?? null),
    mode: extractor === null ? null : extractorParts(extractor).mode,
    claimed: inputs.filter((_, i) => [a, b][i]?.claimed),
    inputs,
    reference: inputs[0],
    warnings: [...new Set(warnings)],
  };
}

/** The distance's name: a published one is earned by measuring both sides, not by what a file says of itself. */
function nameOf(a: FileStatistics, b: FileStatistics, extractor: string | undefined): string | undefined {
  if (extractor === undefined) return undefined;
  const measured = [a, b].every((side) => side.extractor !== undefined && !side.claimed);
  return measured ? metricName(extractor) : `FD-${extractor.split('@')[0]}`;
}

/** What a file says its statistics are of may be false; what can be seen to be is refused. */
function checkClaim(path: string, { extractor, claimed, dimensions: d, mean }: FileStatistics): void {
  const [, layer] = /^inception2015(?:-other)?(-\w+)?@/.exec(extractor ?? '') ?? [];
  if (!claimed || !/^inception2015(-|@)/.test(extractor ?? '')) return;
  const wanted = layer === undefined ? 2048 : Number(layer.slice(1));
  const least = mean.reduce((low, value) => Math.min(low, value), 0);
  if (d === wanted && least >= 0) return;
  throw new RangeError(
    `fid: ${path} must be of ${wanted} features of at least 0 on average, as it says that it is of ${extractor}, got ` +
      (d === wanted ? `${least}` : `${d} features`),
  );
}

/** The distance by sFID's features, where both sides have their statistics. */
export interface SpatialDistance {
  /** `sFID` for the published weights; else `FD-` and the extractor's name. */
  readonly metric: string;
  /** The Fréchet distance, squared. */
  readonly value: number;
  /** Features of an image. */
  readonly dimensions: number;
}

/**
 * sFID between two sets.
 *
 * @param inputs - what to call the two in messages
 * @param a - statistics of the first
 * @param b - of the second
 * @param options - whether few images are an error
 * @throws RangeError if a side has no statistics of sFID's features, or no more images than such features and `allowFew`
 *   isn't set
 * @see Nash et al. 2021, "Generating Images with Sparse Representations", §4.1 (arXiv:2103.03841); the layer and the
 *   seven channels are those of guided-diffusion's evaluator
 */
export function compareSpatial(
  inputs: readonly [string, string],
  a: FileStatistics,
  b: FileStatistics,
  options: CompareOptions = {},
): SpatialDistance {
  checkOptions('compareSpatial', options, OPTIONS);
  const { allowFew = false } = options;
  const [one, other] = [a, b].map((side, i) => {
    if (side.spatial === undefined) {
      throw new RangeError(
        `fid: ${inputs[i]} must be images, or an .npz with mu_s and sigma_s, for sfid, got no such statistics; ` +
          'write its statistics anew, of the images, with those of sFID',
      );
    }
    const { dimensions } = side.spatial;
    if (side.n !== undefined && side.n <= dimensions && !allowFew) {
      throw tooFew(inputs[i] as string, `sFID's ${dimensions} features`, side.n);
    }
    return side.spatial;
  }) as [Gaussian, Gaussian];
  const extractor = a.extractor ?? b.extractor;
  return {
    metric: nameOf(a, b, extractor?.replace(/(?=@|$)/, '-spatial')) ?? 'FD-spatial',
    value: distanceOf(inputs, one, other),
    dimensions: one.dimensions,
  };
}

/** Refuses a covariance that can only be singular. */
function tooFew(path: string, than: string, n: number): ArgumentError {
  return new ArgumentError({
    fn: 'fid',
    argument: path,
    constraint: `of more images than ${than}`,
    got: `${n}`,
    fix: ['take more, or say ', { option: 'allowFew', value: true }, ' (the distance is mostly bias then)'],
  });
}

/** The distance; what is wrong with a covariance is said with the file's name. */
function distanceOf(inputs: readonly [string, string], a: Gaussian, b: Gaussian): number {
  if (a.dimensions !== b.dimensions) {
    const constraint = `${a.dimensions} as those of ${inputs[0]}`;
    const [fn, argument] = ['fid', `${inputs[1]}: dimensions`];
    const fix = 'take both from one extractor';
    throw new ArgumentError({ fn, argument, constraint, got: `${b.dimensions}`, fix });
  }
  try {
    return frechetDistance(a, b);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    // `a.covariance`, `b.mean[3]`.
    const side = error.argument.startsWith('a.') ? inputs[0] : inputs[1];
    throw error.renamed(`${side}: ${error.argument.slice(2)}`);
  }
}
