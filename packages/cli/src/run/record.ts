import type { GridFile } from '../report/summary.js';
import type { Evaluator, Measured } from './evaluation.js';
import type { RunFolder } from './folder.js';
import { gridFile } from './grids.js';
import type { Parts } from './parts.js';
import type { Recovered } from './recover.js';
import { firstRows } from './rows.js';
import { sampleGrid } from './sample-grid.js';
import { appendStat, type Stat, writeStats } from './stats.js';

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
  /** Before the first step: the folder's log becomes what the run goes on from. */
  begin(): void;
  log(stat: Stat): void;
  evaluation(twin: string, step: number, seconds: number, results: readonly Measured[]): void;
}

/** @param recovered - of the run that is gone on with */
export function createRecord(
  folder: RunFolder,
  { config, dataset, extractor, method }: Parts,
  { metric }: Evaluator,
  recovered: Pick<Recovered, 'stats' | 'grids'> | undefined,
): RunRecord {
  const stats: Stat[] = [...(recovered?.stats ?? [])];
  const grids = new Map(recovered?.grids);
  const measured = new Map<string, LastMeasured>();
  const log = (stat: Stat): void => {
    stats.push(stat);
    appendStat(folder, stat);
  };
  return {
    stats,
    grids,
    measured,
    begin: () => writeStats(folder, stats),
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
        const file = gridFile(twin, samplingSteps, step);
        folder.write(file, sampleGrid(dataset, firstRows(samples, config.grid.count)));
        grids.set(twin, [...(grids.get(twin) ?? []), { samplingSteps, step, file }]);
      }
      measured.set(twin, {
        step,
        results: results.map(({ samplingSteps, features }) => ({ samplingSteps, features })),
      });
    },
  };
}
