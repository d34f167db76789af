import { fileStore } from '@immiscible/trainer/node';
import { relative } from 'node:path';
import type { TwinConfig } from '../config/experiment.js';
import type { Summary } from '../report/summary.js';
import type { ClaimedFolder } from './claim-folder.js';
import { type EarlierResults, keepEarlier } from './earlier-results.js';
import type { Costs } from './estimate.js';
import type { Evaluator } from './evaluation.js';
import type { Parts } from './parts.js';
import type { Progress } from './progress.js';
import { publish, publishAtLast, type RunFacts, summarizeRun } from './publish.js';
import { createRecord, type RunRecord } from './record.js';
import type { Recovered } from './recover.js';
import { secondsAt } from './stats.js';
import { trainTwins } from './train-twins.js';
import { startTwin, type TwinRun } from './twin-run.js';

export interface SessionOptions {
  readonly parts: Parts;
  readonly claimed: ClaimedFolder;
  readonly evaluator: Evaluator;
  readonly facts: Omit<RunFacts, 'parameters' | 'earlier'>;
  readonly costs: Costs;
  readonly progress: Progress;
  /** What it goes on from. */
  readonly recovered: Recovered | undefined;
  /** When all twins are ready and nothing more can be refused. */
  readonly onReady: () => void;
  /** Tells where results are kept that show more than the next ones, and why a report could not be written. */
  readonly note: (text: string) => void;
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
  const { parts, evaluator, progress, recovered, signal, note } = options;
  const { folder, freeReserve } = options.claimed;
  const facts = { ...options.facts, earlier: recovered?.earlier };
  const record = createRecord(folder, parts, evaluator, recovered);

  // Not the user's signal itself: that may come when one twin has done its step and the other has not.
  const stop = new AbortController();
  const runs: TwinRun[] = [];
  const summarize = (status: Summary['status'], error?: string): Summary => {
    const paths = runs.flatMap(({ twin, checkpoint }) =>
      checkpoint === undefined ? [] : [[twin.name, relative(folder.path, checkpoint)] as const],
    );
    const parameters = runs[0]?.parameters ?? 0;
    return summarizeRun(parts, evaluator, { ...facts, parameters }, record, {
      status,
      checkpoints: new Map(paths),
      ...(error !== undefined && { error }),
    });
  };
  const report = (status: Summary['status']): Summary => {
    const summary = summarize(status);
    publish(folder, summary);
    return summary;
  };

  let kept: EarlierResults | undefined;
  try {
    for (const twin of parts.config.twins) {
      runs.push(await begin(twin, options, record, stop.signal));
    }
    if (recovered) {
      const { files } = (kept = keepEarlier(folder, recovered));
      if (files.length > 0) note(`earlier results are kept in ${files.join(', ')}, which show more for now`);
      record.begin();
    }
    options.onReady();
    try {
      await trainTwins({ ...options, runs, record, stop, onEvaluated: () => void report('running') });
      const summary = report(signal.aborted ? 'interrupted' : 'finished');
      if (summary.status === 'finished') kept?.caughtUp();
      return summary;
    } catch (error) {
      // The twin that is sound gets a checkpoint.
      stop.abort();
      await saveOthers(runs);
      const summary = summarize('failed', error instanceof Error ? error.message : String(error));
      freeReserve();
      publishAtLast(folder, summary, note);
      return summary;
    }
  } finally {
    progress.stop();
    await Promise.allSettled(runs.map((run) => run.dispose()));
  }
}

/** @param signal - ends the training after its step */
function begin(
  twin: TwinConfig,
  { parts, claimed: { folder }, recovered }: SessionOptions,
  { stats }: RunRecord,
  signal: AbortSignal,
): Promise<TwinRun> {
  const start = recovered?.starts.get(twin.name);
  return startTwin({
    parts,
    twin,
    store: fileStore(folder.file('checkpoints', twin.name)),
    signal,
    start,
    seconds: start ? (secondsAt(stats, twin.name, start.step) ?? start.seconds) : 0,
  });
}

/** Checkpoints of the twins that are sound; what goes wrong here is not what went wrong first. */
async function saveOthers(runs: readonly TwinRun[]): Promise<void> {
  for (const run of runs) await run.end(async () => undefined).catch(() => undefined);
}
