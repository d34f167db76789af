import { compareCurves } from '../report/compare-curves.js';
import { type Pictures, REAL_IMAGES, reportPage } from '../report/page.js';
import type { Comparison, Summary } from '../report/summary.js';
import { twinSummary } from '../report/twin-summary.js';
import type { Evaluator } from './evaluation.js';
import type { RunFolder } from './folder.js';
import { logRatioError } from './jackknife.js';
import type { Parts } from './parts.js';
import type { RunRecord } from './record.js';

/** What a run knows of itself besides its statistics. */
export interface RunFacts {
  readonly engine: Summary['engine'];
  readonly command: string;
  readonly startedAt: Date;
  /** What the run had come to before, where it was resumed. */
  readonly earlier: Summary | undefined;
  readonly parameters: number;
  readonly git: Summary['git'];
  readonly machine: Summary['machine'];
}

/** How a run stands. */
export interface RunState {
  readonly status: Summary['status'];
  readonly error?: string;
  /** By twin. */
  readonly checkpoints: ReadonlyMap<string, string>;
}

/** All that is known of a run. */
export function summarizeRun(
  parts: Parts,
  evaluator: Evaluator,
  facts: RunFacts,
  record: Pick<RunRecord, 'stats' | 'grids' | 'measured'>,
  state: RunState,
): Summary {
  const { config, extractor } = parts;
  const twins = config.twins.map((twin) =>
    twinSummary(twin, record.stats, record.grids.get(twin.name) ?? [], state.checkpoints.get(twin.name)),
  );
  const [baseline, ...others] = twins;
  return {
    format: 1,
    status: state.status,
    ...(state.error !== undefined && { error: state.error }),
    engine: facts.engine,
    config,
    seed: config.seed,
    command: facts.command,
    git: facts.git,
    machine: facts.machine,
    startedAt: facts.startedAt.toISOString(),
    wallSeconds: (facts.earlier?.wallSeconds ?? 0) + (Date.now() - facts.startedAt.getTime()) / 1000,
    parameters: facts.parameters,
    evaluation: {
      metric: evaluator.metric,
      extractor: extractor.id,
      n: config.evaluation.samples,
      samplingSteps: config.evaluation.samplingSteps,
      referenceImages: evaluator.reference.n,
      floor: evaluator.floor.value,
      floorN: evaluator.floor.n,
    },
    twins,
    comparisons: others.flatMap((other) =>
      config.evaluation.samplingSteps.flatMap((samplingSteps) => {
        if (baseline === undefined) return [];
        const error = ratioError(record.measured, baseline.name, other.name, samplingSteps, evaluator);
        const comparison = compareCurves(baseline, other, samplingSteps, error);
        if (comparison === null || error !== null) return comparison ?? [];
        // Features of evaluations before a resume are gone; what was known of them isn't.
        const known = earlierError(facts.earlier, comparison);
        return compareCurves(baseline, other, samplingSteps, known) ?? [];
      }),
    ),
  };
}

/** Known only where the last evaluations of both, at the same step, are at hand. */
function ratioError(
  measured: RunRecord['measured'],
  baseline: string,
  other: string,
  samplingSteps: number,
  { reference }: Evaluator,
): number | null {
  const [a, b] = [measured.get(baseline), measured.get(other)];
  if (a === undefined || b === undefined || a.step !== b.step) return null;
  const featuresOf = ({ results }: typeof a) =>
    results.find((result) => result.samplingSteps === samplingSteps)?.features;
  const [x, y] = [featuresOf(a), featuresOf(b)];
  return x && y ? logRatioError(x, y, reference) : null;
}

function earlierError(
  earlier: Summary | undefined,
  { baseline, other, samplingSteps, step, logRatio }: Comparison,
): number | null {
  const same = earlier?.comparisons.find(
    (one) =>
      one.baseline === baseline &&
      one.other === other &&
      one.samplingSteps === samplingSteps &&
      one.step === step &&
      one.logRatio === logRatio,
  );
  return same?.standardError ?? null;
}

/**
 * Writes `summary.json` and `report.html`.
 *
 * @throws WriteError if they can't be written
 */
export function publish(folder: RunFolder, summary: Summary): void {
  folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  folder.write('report.html', reportPage(summary, picturesOf(folder, summary)));
}

/** The same after a failure, which may be a full disk: then as much of it as there is room for. */
export function publishAtLast(folder: RunFolder, summary: Summary, note: (text: string) => void): void {
  const attempt = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      note((error as Error).message);
      return false;
    }
  };
  if (attempt(() => publish(folder, summary))) return;
  if (attempt(() => folder.write('report.html', reportPage(summary, new Map())))) {
    note('the report is without its pictures, for which there is no room');
  }
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** Those that the summary names and that are PNG files in the run's folder. */
function picturesOf(folder: RunFolder, { twins }: Summary): Pictures {
  const files = [REAL_IMAGES, ...twins.flatMap(({ grids }) => grids.map(({ file }) => file))];
  return new Map(
    files.flatMap((file) => {
      const bytes = folder.read(file);
      return bytes?.subarray(0, PNG.length).equals(PNG) ? [[file, bytes] as const] : [];
    }),
  );
}
