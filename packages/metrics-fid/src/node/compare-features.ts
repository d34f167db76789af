import { ArgumentError, checkOptions, createRng, type OptionKeys } from '@immiscible/core';
import ndarray from 'ndarray';
import { type BootstrapInterval, bootstrapInterval } from '../bootstrap.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import { type Features, featureRows, takeRows } from '../features.js';
import { frechetDistance } from '../frechet-distance.js';
import { type FrechetInfinity, frechetInfinity } from '../frechet-infinity.js';
import type { InceptionExtractor } from '../inception-features.js';
import { type InceptionScore, inceptionScore } from '../inception-score.js';
import { type Kernel, type KernelDistance, kernelDistance } from '../kernel-distance.js';
import { type ManifoldMetrics, manifoldMetrics } from '../manifold-metrics.js';
import { type Memorization, memorization } from '../memorization.js';
import { mongeDistance } from '../monge-distance.js';
import { statistics } from '../statistics.js';
import type { Metric } from './metric-names.js';
import type { FileStatistics } from './npz-file.js';

/** Of those, what takes the features of both sets. */
const OF_BOTH: readonly string[] = ['kid', 'mind', 'mifid', 'prdc'];

/**
 * Whether a metric takes the features of A (the real set) and of B; else statistics are enough.
 *
 * @param metrics - which are asked for
 */
export function needsFeatures(metrics: readonly Metric[]): { a: boolean; b: boolean } {
  return {
    a: metrics.some((metric) => OF_BOTH.includes(metric)),
    b: metrics.some((metric) => metric !== 'sfid'),
  };
}

/** Metrics of the features themselves: B's against A's, which is the real set. */
export interface FeatureMetrics {
  /** KID, when the extractor is that of FID. */
  readonly kid?: KernelDistance & {
    readonly subsets: number;
    readonly subsetSize: number;
    /** Where it isn't KID's own. */
    readonly kernel?: Kernel;
  };
  /** MIND, when the extractor is that of FID. */
  readonly mind?: { readonly value: number; readonly projections: number };
  /** MiFID likewise: the distance divided by the penalty. */
  readonly mifid?: Memorization & { readonly value: number; readonly threshold: number };
  /** Precision, recall, density and coverage. */
  readonly prdc?: ManifoldMetrics & { readonly k: number };
  /** The Inception Score of B. */
  readonly is?: InceptionScore & { readonly splits: number };
  /** The distance extrapolated to infinitely many images of B. */
  readonly infinity?: FrechetInfinity;
  /** Of the distance, by resampling the images of B. */
  readonly interval?: BootstrapInterval & { readonly level: number; readonly replicates: number };
  /** Of all that was drawn. */
  readonly seed: number;
}

/** Options of {@link compareFeatures}. */
export interface FeatureMetricsOptions {
  /** Which to compute. */
  readonly metrics: readonly Metric[];
  /** Of KID: how many subsets. */
  readonly subsets: number;
  /** Of KID: vectors of each. */
  readonly subsetSize: number;
  /** Of KID: another kernel than its own. */
  readonly kernel?: Kernel;
  /** Of MIND: how many directions. */
  readonly projections: number;
  /** Of MiFID: the distance from which on nothing is a copy. */
  readonly threshold: number;
  /** Of precision to coverage: which nearest neighbor a ball reaches to. */
  readonly k: number;
  /** Of the Inception Score: parts of the images. */
  readonly splits: number;
  /** Of the distance at infinity: numbers of images that the line goes through. */
  readonly points: number;
  /** The smallest of these. */
  readonly smallest: number;
  /** Of the interval: how often to resample. */
  readonly replicates: number;
  /** Of the interval: its level, in (0, 1). */
  readonly level: number;
  /** Each metric draws from a stream of its own. */
  readonly seed: number;
  /** Asked for by the Inception Score only. */
  readonly extractor: () => Promise<FeatureExtractor>;
}

const KEYS = {
  ...{ metrics: true, subsets: true, subsetSize: true, kernel: true, projections: true, threshold: true },
  ...{ k: true, splits: true, points: true, smallest: true, replicates: true, level: true },
  ...{ seed: true, extractor: true },
} satisfies OptionKeys<FeatureMetricsOptions>;

/**
 * The metrics asked for of two sets whose features were kept.
 *
 * @param inputs - what to call the two in messages
 * @param a - the real set
 * @param b - the generated set
 * @param options - which metrics, and all that they take
 * @throws RangeError if a set has statistics only where features are needed, or too few images
 */
export async function compareFeatures(
  inputs: readonly [string, string],
  a: FileStatistics,
  b: FileStatistics,
  options: FeatureMetricsOptions,
): Promise<FeatureMetrics> {
  checkOptions('compareFeatures', options, KEYS);
  try {
    return await metricsOf(inputs, a, b, options);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    // Functions name their arguments, `real` or `generated[3,1]`; here they are files.
    const [name = '', index] = error.argument.split('[');
    const side = { real: 0, generated: 1, features: 1, vectors: 1 }[name];
    if (side === undefined) throw error;
    throw error.renamed(`${inputs[side]}${index === undefined ? '' : `[${index}`}`);
  }
}

async function metricsOf(
  inputs: readonly [string, string],
  a: FileStatistics,
  b: FileStatistics,
  options: FeatureMetricsOptions,
): Promise<FeatureMetrics> {
  const { metrics, seed } = options;
  const needed = needsFeatures(metrics);
  for (const [side, path, needs] of [
    [a, inputs[0], needed.a],
    [b, inputs[1], needed.b],
  ] as const) {
    if (needs && side.features === undefined) {
      throw new RangeError(
        `fid: ${path} must be images or .npy features for ${metrics.join(', ')}, got statistics`,
      );
    }
  }
  const [real, generated] = [a.features as Features, b.features as Features];
  const rng = (metric: Metric) => createRng(seed).split(metric);
  const asked = (metric: Metric) => metrics.includes(metric);
  const { subsets, subsetSize, kernel, k, splits, points, smallest, replicates, level } = options;
  const { projections, threshold } = options;
  return {
    ...(asked('kid') && {
      kid: {
        ...kernelDistance(real, generated, {
          rng: rng('kid'),
          subsets,
          subsetSize,
          ...(kernel && { kernel }),
        }),
        ...{ subsets, subsetSize },
        ...(kernel && { kernel }),
      },
    }),
    ...(asked('mind') && {
      mind: { value: mongeDistance(real, generated, { rng: rng('mind'), projections }), projections },
    }),
    ...(asked('mifid') && { mifid: informed(a, b, memorization(real, generated, { threshold }), threshold) }),
    ...(asked('prdc') && { prdc: { ...manifoldMetrics(real, generated, { k }), k } }),
    ...(asked('is') && { is: { ...(await scoreOf(inputs[1], generated, options)), splits } }),
    ...(asked('infinity') && {
      infinity: frechetInfinity(a, generated, { rng: rng('infinity'), points, smallest }),
    }),
    ...(asked('interval') && {
      interval: {
        ...intervalOf(a, generated, { rng: rng('interval'), replicates, level }),
        ...{ level, replicates },
      },
    }),
    seed,
  };
}

function informed(
  a: FileStatistics,
  b: FileStatistics,
  found: Memorization,
  threshold: number,
): NonNullable<FeatureMetrics['mifid']> {
  return { value: frechetDistance(a, b) / (found.penalty + 1e-14), ...found, threshold };
}

async function scoreOf(
  path: string,
  features: Features,
  { extractor: load, splits }: FeatureMetricsOptions,
): Promise<InceptionScore> {
  const extractor = await load();
  if (!('logits' in extractor) || (extractor as InceptionExtractor).layer !== 2048) {
    const constraint = 'inception for the Inception Score';
    throw new ArgumentError({ fn: 'fid', argument: 'extractor', constraint, got: extractor.id });
  }
  const [n, d] = features.shape as [number, number];
  if (d !== extractor.dimensions) {
    throw new RangeError(`fid: ${path} must hold ${extractor.dimensions} features an image, got ${d}`);
  }
  const { data } = featureRows('inceptionScore', path, features, 1);
  const single = ndarray(Float32Array.from(data), [n, d]);
  return inceptionScore(await (extractor as InceptionExtractor).logits(single), { splits });
}

function intervalOf(
  a: FileStatistics,
  generated: Features,
  options: Parameters<typeof bootstrapInterval>[2],
): BootstrapInterval {
  const rows = featureRows('bootstrapInterval', 'generated', generated, 2);
  const distance = (indices: Int32Array): number => {
    const { n, d, data } = takeRows(rows, indices);
    return frechetDistance(
      a,
      statistics(d)
        .update(ndarray(data, [n, d]))
        .finish(),
    );
  };
  return bootstrapInterval(rows.n, distance, options);
}
