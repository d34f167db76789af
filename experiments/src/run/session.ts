import { fileStore } from '@immiscible/trainer/node';
import { relative } from 'node:path';
import type { Summary } from '../report/summary.js';
import type { Costs } from './estimate.js';
import type { Evaluator } from './evaluation.js';
import type { RunFolder } from './folder.js';
import type { Parts } from './parts.js';
import type { Progress } from './progress.js';
import { publish, type RunFacts, summarizeRun } from './publish.js';
import { createRecord } from './record.js';
import { lastSeconds, readStats } from './stats.js';
import { trainTwins } from './train-twins.js';
import { startTwin, type TwinRun } from './twin-run.js';

export interface SessionOptions {
  readonly parts: Parts;
  readonly folder: RunFolder;
  readonly evaluator: Evaluator;
  readonly facts: Omit<RunFacts, 'parameters' | 'earlierSeconds'>;
  readonly costs: Costs;
  readonly progress: Progress;
  /** Goes on from the folder's checkpoints. */
  readonly resume: boolean;
  /** Stops after the step, with a report. */
  readonly signal: AbortSignal;
}

/**
 * Trains the twins and keeps the report up to date.
 *
 * @returns what came out, also if the run was stopped or has failed
 * @throws CheckpointError before the first step, if checkpoints can't be written or read
 */
export async function runSession(options: SessionOptions): Promise<Summary> {
  const { parts, folder, evaluator, progress, signal } = options;
  const earlier = options.resume ? readSummary(folder) : undefined;
  const facts = { ...options.facts, earlierSeconds: earlier?.wallSeconds ?? 0 };
  const record = createRecord(folder, parts, evaluator, earlier);

  // Not the user's signal itself: that may come when one twin has done its step and the other has not.
  const stop = new AbortController();
  const runs: TwinRun[] = [];
  const report = (status: Summary['status'], error?: string): Summary => {
    const paths = runs.flatMap(({ twin, checkpoint }) =>
      checkpoint === undefined ? [] : [[twin.name, relative(folder.path, checkpoint)] as const],
    );
    const parameters = runs[0]?.parameters ?? 0;
    const summary = summarizeRun(parts, evaluator, { ...facts, parameters }, record, {
      status,
      checkpoints: new Map(paths),
      ...(error !== undefined && { error }),
    });
    publish(folder, summary);
    return summary;
  };

  try {
    const logged = readStats(folder);
    for (const twin of parts.config.twins) {
      runs.push(
        await startTwin({
          parts,
          twin,
          store: fileStore(folder.file('checkpoints', twin.name)),
          signal: stop.signal,
          resume: options.resume,
          secondsAt: (step) => lastSeconds(logged, twin.name, step),
        }),
      );
    }
    record.rewind(new Map(runs.map((run) => [run.twin.name, run.step])));
    try {
      await trainTwins({ ...options, runs, record, stop, onEvaluated: () => void report('running') });
      return report(signal.aborted ? 'interrupted' : 'finished');
    } catch (error) {
      // The twin that is sound gets a checkpoint.
      stop.abort();
      await saveOthers(runs);
      return report('failed', error instanceof Error ? error.message : String(error));
    }
  } finally {
    progress.stop();
    for (const run of runs) await run.dispose();
  }
}

/** Checkpoints of the twins that are sound; what goes wrong here is not what went wrong first. */
async function saveOthers(runs: readonly TwinRun[]): Promise<void> {
  for (const run of runs) await run.end(async () => undefined).catch(() => undefined);
}

/** The summary in a run's folder, if it has been written. */
export function readSummary(folder: RunFolder): Summary | undefined {
  const content = folder.read('summary.json');
  return content && (JSON.parse(content.toString('utf8')) as Summary);
}
