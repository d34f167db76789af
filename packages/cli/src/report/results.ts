import { isDeepStrictEqual } from 'node:util';
import type { ExperimentConfig } from '../config/experiment.js';
import { UsageError } from '@immiscible/command-line';
import { curveAt } from './compare-curves.js';
import { type Interval, tInterval } from './t-interval.js';
import type { Summary } from './summary.js';

/** Several runs of one config, each with a seed of its own, as one result. */
export interface Results {
  readonly format: 1;
  /** With the first run's seed; `seeds` has all. */
  readonly config: ExperimentConfig;
  readonly seeds: readonly number[];
  readonly metric: string;
  readonly extractor: string;
  readonly n: number;
  readonly samplingSteps: readonly number[];
  readonly referenceImages: number;
  /** The distance of `floorN` real images from the others. */
  readonly floor: Interval;
  readonly floorN: number;
  readonly engines: readonly string[];
  readonly machines: readonly string[];
  readonly commits: readonly string[];
  readonly dates: readonly string[];
  readonly commands: readonly string[];
  readonly twins: readonly TwinResults[];
  readonly comparisons: readonly ComparisonResults[];
}

export interface TwinResults {
  readonly name: string;
  readonly curve: readonly {
    readonly step: number;
    readonly samplingSteps: number;
    readonly distance: Interval;
    /** Mean over the runs. */
    readonly seconds: number;
  }[];
  readonly seconds: Interval;
  readonly couplingShare: Interval;
  readonly distanceDrop: Interval;
}

/** Of a twin with the first one, after the last step. */
export interface ComparisonResults {
  readonly baseline: string;
  readonly other: string;
  readonly samplingSteps: number;
  readonly step: number;
  /** Of `ln(other / baseline)`, run by run: pairs of the same seed. */
  readonly logRatio: Interval;
  /** Whether the interval leaves 0 out; null with a single run. */
  readonly verdict: 'lower' | 'higher' | 'equal within noise' | null;
  /** Steps to the baseline's best; null where it was not reached. */
  readonly speedUps: readonly (number | null)[];
}

/**
 * Merges the summaries of runs that differ in nothing but the seed.
 *
 * @throws UsageError if they differ in more, a seed comes twice, or one did not finish
 */
export function mergeSummaries(summaries: readonly Summary[]): Results {
  const sorted = [...summaries].sort((a, b) => a.seed - b.seed);
  const first = sorted[0];
  if (first === undefined) throw new UsageError('summarize: at least one run must be given, got none');
  checkAlike(sorted, first);
  const { config, evaluation } = first;
  const unique = (text: (summary: Summary) => string): string[] => [...new Set(sorted.map(text))];
  return {
    format: 1,
    config,
    seeds: sorted.map(({ seed }) => seed),
    metric: evaluation.metric,
    extractor: evaluation.extractor,
    n: evaluation.n,
    samplingSteps: evaluation.samplingSteps,
    referenceImages: evaluation.referenceImages,
    floor: tInterval(sorted.map((summary) => summary.evaluation.floor)),
    floorN: evaluation.floorN ?? evaluation.n,
    engines: unique(({ engine }) => `${engine.name} ${engine.version}`),
    machines: unique(({ machine }) => `${machine.cores} × ${machine.cpu}, Node ${machine.node}`),
    commits: unique(({ git }) =>
      git === null ? 'unknown' : `${git.commit}${git.dirty ? ' (changed)' : ''}`,
    ),
    dates: unique(({ startedAt }) => startedAt.slice(0, 10)),
    commands: sorted.map(({ command }) => command),
    twins: first.twins.map((_, i) => twinResults(sorted, first, i)),
    comparisons: first.comparisons.map((comparison) => comparisonResults(sorted, comparison)),
  };
}

/** The twin of that place, which is the same in all. */
function twinResults(sorted: readonly Summary[], first: Summary, place: number): TwinResults {
  const { name, curve } = first.twins[place] as Summary['twins'][number];
  const of = (value: (twin: Summary['twins'][number]) => number): Interval =>
    tInterval(sorted.map(({ twins }) => value(twins[place] as Summary['twins'][number])));
  return {
    name,
    curve: curve.map(({ step, samplingSteps }) => {
      const points = sorted.map(({ twins }) => {
        const twin = twins[place];
        return twin && curveAt(twin, samplingSteps).find((point) => point.step === step);
      });
      return {
        step,
        samplingSteps,
        distance: tInterval(points.map((point) => point?.value ?? NaN)),
        seconds: tInterval(points.map((point) => point?.seconds ?? NaN)).mean,
      };
    }),
    seconds: of(({ seconds }) => seconds),
    couplingShare: of(({ couplingShare }) => couplingShare),
    distanceDrop: of(({ distanceDrop }) => distanceDrop),
  };
}

function comparisonResults(
  sorted: readonly Summary[],
  { baseline, other, samplingSteps, step }: Summary['comparisons'][number],
): ComparisonResults {
  const pairs = sorted.map(({ comparisons }) =>
    comparisons.find((one) => one.other === other && one.samplingSteps === samplingSteps),
  );
  const logRatio = tInterval(pairs.map((pair) => pair?.logRatio ?? NaN));
  return {
    baseline,
    other,
    samplingSteps,
    step,
    logRatio,
    verdict: verdictOf(logRatio),
    speedUps: pairs.map((pair) => pair?.speedUp ?? null),
  };
}

function verdictOf({ mean, halfWidth }: Interval): ComparisonResults['verdict'] {
  if (halfWidth === null) return null;
  if (Math.abs(mean) <= halfWidth) return 'equal within noise';
  return mean < 0 ? 'lower' : 'higher';
}

function checkAlike(sorted: readonly Summary[], first: Summary): void {
  const bare = ({ config }: Summary): unknown => ({ ...config, seed: 0 });
  sorted.forEach((summary, i) => {
    const which = `the run with seed ${summary.seed}`;
    if (summary.status !== 'finished') {
      throw new UsageError(`summarize: ${which} must be finished, got ${summary.status}`);
    }
    if (i > 0 && summary.seed === sorted[i - 1]?.seed) {
      throw new UsageError(`summarize: seeds must differ, got ${summary.seed} twice`);
    }
    if (!isDeepStrictEqual(bare(summary), bare(first))) {
      throw new UsageError(
        `summarize: ${which} must have the config of the one with seed ${first.seed}, got another`,
      );
    }
    if (summary.evaluation.extractor !== first.evaluation.extractor) {
      throw new UsageError(
        `summarize: ${which} must use the extractor ${first.evaluation.extractor}, got ${summary.evaluation.extractor}`,
      );
    }
  });
}
