import type { GridFile, Summary } from '../report/summary.js';
import type { Evaluator, Measured } from './evaluation.js';
import type { RunFolder } from './folder.js';
import type { Parts } from './parts.js';
import { firstRows } from './rows.js';
import { sampleGrid } from './sample-grid.js';
import { rewindStats, type Stat, statsLog } from './stats.js';

/** Features of a twin's last evaluation. */
export interface LastMeasured {
  readonly step: number;
  readonly results: readonly Pick<Measured, 'samplingSteps' | 'features'>[];
}

/** What has come out so far: in memory, and in the run's folder as it comes. */
export interface RunRecord {
  readonly stats: readonly Stat[];
  /** By twin. */
  readonly grids: ReadonlyMap<string, readonly GridFile[]>;
  /** By twin: evaluations of this process. */
  readonly measured: ReadonlyMap<string, LastMeasured>;
  /** Forgets what came after the steps that the twins go on from. */
  rewind(steps: ReadonlyMap<string, number>): void;
  log(stat: Stat): void;
  evaluation(twin: string, step: number, seconds: number, results: readonly Measured[]): void;
}

/** @param earlier - of the run that is gone on with */
export function createRecord(
  folder: RunFolder,
  { config, dataset, extractor, method }: Parts,
  { metric }: Evaluator,
  earlier: Summary | undefined,
): RunRecord {
  const file = statsLog(folder);
  let stats: Stat[] = [];
  const grids = new Map(earlier?.twins.map((twin) => [twin.name, [...twin.grids]]) ?? []);
  const measured = new Map<string, LastMeasured>();
  const log = (stat: Stat): void => {
    stats.push(stat);
    file.append(stat);
  };
  return {
    get stats() {
      return stats;
    },
    grids,
    measured,
    rewind(steps) {
      stats = rewindStats(folder, steps);
      for (const [twin, list] of grids) {
        grids.set(
          twin,
          list.filter(({ step }) => step <= (steps.get(twin) ?? 0)),
        );
      }
    },
    log,
    evaluation(twin, step, seconds, results) {
      for (const { samplingSteps, value, samples } of results) {
        log({
          kind: 'evaluation',
          twin,
          step,
          seconds,
          metric,
          value,
          n: samples.shape[0] as number,
          samplingSteps,
          sampler: method.sampler,
          extractor: extractor.id,
        });
        const name = `samples/${twin}/${samplingSteps}-steps/step-${String(step).padStart(6, '0')}.png`;
        folder.write(name, sampleGrid(dataset, firstRows(samples, config.grid.count)));
        grids.set(twin, [...(grids.get(twin) ?? []), { samplingSteps, step, file: name }]);
      }
      measured.set(twin, {
        step,
        results: results.map(({ samplingSteps, features }) => ({ samplingSteps, features })),
      });
    },
  };
}
