import { compareCurves } from '../report/compare-curves.js';
import { REAL_IMAGES, reportPage } from '../report/page.js';
import type { Summary } from '../report/summary.js';
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
  /** Wall-clock seconds of earlier parts of a run that was resumed. */
  readonly earlierSeconds: number;
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
    wallSeconds: facts.earlierSeconds + (Date.now() - facts.startedAt.getTime()) / 1000,
    parameters: facts.parameters,
    evaluation: {
      metric: evaluator.metric,
      extractor: extractor.id,
      n: config.evaluation.samples,
      samplingSteps: config.evaluation.samplingSteps,
      referenceImages: evaluator.reference.n,
      floor: evaluator.floor,
    },
    twins,
    comparisons: others.flatMap((other) =>
      config.evaluation.samplingSteps.flatMap((samplingSteps) => {
        const error = baseline
          ? ratioError(record.measured, baseline.name, other.name, samplingSteps, evaluator)
          : null;
        return (baseline && compareCurves(baseline, other, samplingSteps, error)) ?? [];
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

/** Writes `summary.json` and `report.html`. */
export function publish(folder: RunFolder, summary: Summary): void {
  const files = [REAL_IMAGES, ...summary.twins.flatMap(({ grids }) => grids.map(({ file }) => file))];
  const pictures = new Map(
    files.flatMap((file) => {
      const bytes = folder.read(file);
      return bytes ? [[file, bytes] as const] : [];
    }),
  );
  folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  folder.write('report.html', reportPage(summary, pictures));
}
