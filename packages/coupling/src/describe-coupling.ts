import { type Batch, type BatchTransform, checkRng, describe, NO_CLASS, type Rng } from '@immiscible/core';
import { applied, checkTransform, readBatch } from './batch-checks.js';
import { meanDistance } from './reports.js';

/**
 * Deviations in standard errors, over the noise's dimensions: 1 on average and up to about √(2·ln 2D) by chance alone.
 */
export interface Deviations {
  /** Root mean square over dimensions. */
  readonly typical: number;
  /** Largest absolute value. */
  readonly worst: number;
}

/** What a coupling does to noise that was N(0, I). */
export interface CouplingReport {
  /** How many images there were. */
  readonly images: number;
  /** How many values an image has. */
  readonly dimensions: number;
  /** Mean Euclidean distance from an image to its noise: as drawn, as coupled, and `drop = 1 − after/before`. */
  readonly distance: { readonly before: number; readonly after: number; readonly drop: number };
  /** Over all images: mean, 0 for N(0, I), of all values; and its deviations, dimension by dimension. */
  readonly mean: Deviations & { readonly value: number };
  /** Likewise the mean square, 1 for N(0, I). */
  readonly meanSquare: Deviations & { readonly value: number };
  /**
   * Pearson correlation between noise and image, values of each dimension counted from their mean; up to 1/√(images × dimensions) by
   * chance. This is what a coupling is for: x_t says more of x0.
   */
  readonly correlation: number;
  /** Of each class, where there are labels, in ascending order. Images without a class, label −1, count in all else. */
  readonly classes: readonly ClassSkew[];
}

/** What noise is like within a class: sampling starts from N(0, I) whatever the class. */
export interface ClassSkew {
  /** The class. */
  readonly label: number;
  /** How many images of it there were. */
  readonly images: number;
  /** Length of the class's mean noise, `‖m‖·√(images/dimensions)`: 1 by chance, more if noise depends on the class. */
  readonly skew: number;
}

/**
 * Measures what a coupling does to the noise: its moments, how much nearer it lies to the images, how far it depends on the class.
 *
 * @param transform - the coupling
 * @param batches - as the transform gets them in training: of `transform.pool` images where it has a pool. One is at hand at a time
 * @param rng - batch i is coupled with the stream i of it
 * @throws RangeError if there are no images, shapes differ from batch to batch, or only some batches have labels
 * @example
 * console.log(formatCoupling(await describeCoupling(linearAssignment(), [batch], rng)));
 */
export async function describeCoupling(
  transform: BatchTransform,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  rng: Rng,
): Promise<CouplingReport> {
  const fn = 'describeCoupling';
  let sums: Sums | undefined;
  let index = 0;
  checkTransform(fn, transform);
  checkRng(fn, rng);
  if (
    batches === null ||
    typeof batches !== 'object' ||
    !(Symbol.iterator in batches || Symbol.asyncIterator in batches)
  ) {
    throw new TypeError(
      `${fn}: batches must be an array or an iterable of batches, got ${describe(batches)}`,
    );
  }
  for await (const each of batches) {
    const drawn = readBatch(fn, each);
    const count = drawn.x0.shape[0] as number;
    if (count === 0) continue;
    const dimensions = drawn.x0.size / count;
    sums ??= emptySums(dimensions, drawn.labels !== undefined);
    if (dimensions !== sums.noise.length) {
      throw new RangeError(
        `${fn}: images must have ${sums.noise.length} values as in the first batch, got ${dimensions}`,
      );
    }
    if ((drawn.labels !== undefined) !== sums.labeled) {
      throw new RangeError(`${fn}: labels must be in all batches or in none, got both kinds`);
    }
    addBatch(sums, drawn, await applied(fn, transform, drawn, rng.split(index++)));
  }
  if (sums === undefined) throw new RangeError(`${fn}: batches must hold at least one image, got none`);
  return reportOf(sums);
}

/**
 * A report as lines of text, with what chance alone would give beside it.
 *
 * @param report - of {@link describeCoupling}
 */
export function formatCoupling(report: CouplingReport): string {
  const { images, dimensions, distance, mean, meanSquare, correlation, classes } = report;
  const number = (value: number): string => value.toPrecision(3);
  const chance = Math.sqrt(2 * Math.log(2 * dimensions));
  const moment = ({ value, typical, worst }: CouplingReport['mean'], of: string): string =>
    `${value.toFixed(5)} (${of}); by dimension ${number(typical)} standard errors, worst ${number(worst)}`;
  const skews = classes.map(({ skew }) => skew);
  return [
    `${images} images of ${dimensions} values`,
    `distance     ${number(distance.before)} -> ${number(distance.after)}, ${(100 * distance.drop).toFixed(2)} % nearer`,
    `mean         ${moment(mean, '0')}`,
    `mean square  ${moment(meanSquare, '1')}`,
    `             (by chance 1 standard error, worst about ${number(chance)})`,
    `correlation  ${correlation.toFixed(5)} with the image (by chance ±${number(1 / Math.sqrt(images * dimensions))})`,
    ...(classes.length > 0
      ? [
          `classes      skew ${number(skews.reduce((sum, skew) => sum + skew, 0) / skews.length)}, ` +
            `worst ${number(Math.max(...skews))} of ${classes.length} (by chance 1)`,
        ]
      : []),
  ].join('\n');
}

/** Running sums, in float64; arrays are by dimension. */
interface Sums {
  images: number;
  before: number;
  after: number;
  readonly noise: Float64Array;
  readonly noiseSquares: Float64Array;
  /** Values of the first image, from which those of all are counted: means far from 0 would drown their deviations. */
  pivot: Float32Array | undefined;
  readonly image: Float64Array;
  readonly imageSquares: Float64Array;
  readonly products: Float64Array;
  readonly labeled: boolean;
  readonly classes: Map<number, { images: number; readonly noise: Float64Array }>;
}

function emptySums(dimensions: number, labeled: boolean): Sums {
  const zeros = () => new Float64Array(dimensions);
  return {
    images: 0,
    before: 0,
    after: 0,
    noise: zeros(),
    noiseSquares: zeros(),
    pivot: undefined,
    image: zeros(),
    imageSquares: zeros(),
    products: zeros(),
    labeled,
    classes: new Map(),
  };
}

function addBatch(sums: Sums, drawn: Batch, coupled: Batch): void {
  const { labels } = coupled;
  const count = coupled.x0.shape[0] as number;
  const dimensions = sums.noise.length;
  const pivot = (sums.pivot ??= coupled.x0.data.slice(0, dimensions));
  sums.images += count;
  sums.before += count * meanDistance(drawn);
  sums.after += count * meanDistance(coupled);
  for (let i = 0; i < count; i++) {
    const x0 = coupled.x0.data.subarray(i * dimensions, (i + 1) * dimensions);
    const noise = coupled.noise.data.subarray(i * dimensions, (i + 1) * dimensions);
    for (let d = 0; d < dimensions; d++) {
      const [x, n] = [(x0[d] as number) - (pivot[d] as number), noise[d] as number];
      (sums.noise[d] as number) += n;
      (sums.noiseSquares[d] as number) += n * n;
      (sums.image[d] as number) += x;
      (sums.imageSquares[d] as number) += x * x;
      (sums.products[d] as number) += x * n;
    }
    if (labels === undefined) continue;
    const label = labels[i] as number;
    if (label === NO_CLASS) continue;
    let own = sums.classes.get(label);
    if (own === undefined)
      sums.classes.set(label, (own = { images: 0, noise: new Float64Array(dimensions) }));
    own.images++;
    for (let d = 0; d < dimensions; d++) (own.noise[d] as number) += noise[d] as number;
  }
}

function reportOf(sums: Sums): CouplingReport {
  const { images, noise, noiseSquares, image, imageSquares, products } = sums;
  const dimensions = noise.length;
  const average = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / (dimensions * images);
  let covariance = 0;
  let noiseVariance = 0;
  let imageVariance = 0;
  for (let d = 0; d < dimensions; d++) {
    const [n, x] = [(noise[d] as number) / images, (image[d] as number) / images];
    covariance += (products[d] as number) / images - n * x;
    noiseVariance += (noiseSquares[d] as number) / images - n * n;
    imageVariance += (imageSquares[d] as number) / images - x * x;
  }
  const scale = Math.sqrt(noiseVariance * imageVariance);
  const [before, after] = [sums.before / images, sums.after / images];
  return {
    images,
    dimensions,
    distance: { before, after, drop: 1 - after / before },
    // Standard errors of a mean of N(0, 1), and of its squares, whose variance is 2.
    mean: { value: average(noise), ...deviations(noise, (sum) => sum / Math.sqrt(images)) },
    meanSquare: {
      value: average(noiseSquares),
      ...deviations(noiseSquares, (sum) => (sum - images) / Math.sqrt(2 * images)),
    },
    correlation: scale > 0 ? covariance / scale : 0,
    classes: [...sums.classes]
      .sort(([a], [b]) => a - b)
      .map(([label, own]) => ({
        label,
        images: own.images,
        skew: Math.sqrt(own.noise.reduce((sum, n) => sum + n * n, 0) / (own.images * dimensions)),
      })),
  };
}

function deviations(sums: Float64Array, inErrors: (sum: number) => number): Deviations {
  let squares = 0;
  let worst = 0;
  for (const sum of sums) {
    const deviation = inErrors(sum);
    squares += deviation ** 2;
    worst = Math.max(worst, Math.abs(deviation));
  }
  return { typical: Math.sqrt(squares / sums.length), worst };
}
