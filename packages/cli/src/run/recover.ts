import { existsSync, readdirSync } from 'node:fs';
import { CheckpointError, type StoredCheckpoint } from '@immiscible/trainer';
import { fileStore } from '@immiscible/trainer/node';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { count } from '../report/format.js';
import { parseSummary } from '../report/read-summary.js';
import type { GridFile, Summary } from '../report/summary.js';
import { UsageError } from '@immiscible/command-line';
import { checkOwner } from './checkpoint-owner.js';
import type { RunFolder } from './folder.js';
import { savedGrids } from './grids.js';
import { shortPath } from './paths.js';
import { readStats, type SavedStats, type Stat, STATS } from './stats.js';

/** What is left of a run, to go on with. */
export interface Recovered {
  /** By twin; undefined where it begins at step 0. */
  readonly starts: ReadonlyMap<string, StoredCheckpoint | undefined>;
  /** What was logged up to there. */
  readonly stats: readonly Stat[];
  readonly grids: ReadonlyMap<string, readonly GridFile[]>;
  readonly earlier: Summary | undefined;
  /** What was lost, found and done about it. */
  readonly notes: readonly string[];
  /**
   * Whether the results in the folder show more than can be told from here: for a while (`behind`, until the same steps have been done
   * again), or for good (`lossy`).
   */
  readonly shows: 'no more' | 'behind' | 'lossy';
}

/**
 * Looks at what a run's folder holds; nothing is changed.
 *
 * @throws UsageError if it can't be gone on with without losing results: without checkpoints where there were some, or with those of
 * another twin or config
 */
export async function recover(folder: RunFolder, config: ExperimentConfig): Promise<Recovered> {
  const notes: string[] = [];
  const earlier = readSummary(folder, (note) => notes.push(note));
  const logged = readStats(folder);
  const starts = new Map<string, StoredCheckpoint | undefined>();
  for (const twin of config.twins) {
    const reached = reachedStep(folder, twin, logged, earlier);
    starts.set(twin.name, await findStart(folder, config, twin, reached, (note) => notes.push(note)));
  }
  const startOf = (twin: string): number => starts.get(twin)?.step ?? 0;
  const upTo = ({ twin, step }: { twin: string; step: number }): boolean => step <= startOf(twin);

  const stats = restored(logged, earlier).filter(upTo);
  const lost = lossOf(logged, stats, config, startOf);
  if (lost !== undefined) notes.push(lost);
  if (config.twins.every(({ name }) => startOf(name) === config.steps)) {
    checkResults(folder, config, stats);
  }
  const grids = new Map(
    [...savedGrids(folder, config)].map(([twin, list]) => [
      twin,
      list.filter(({ step }) => step <= startOf(twin)),
    ]),
  );
  const behind = earlier?.twins.some(({ name, steps }) => steps > startOf(name)) === true;
  const lossy = lost !== undefined && (logged.damaged > 0 || earlier !== undefined);
  return { starts, stats, grids, earlier, notes, shows: lossy ? 'lossy' : behind ? 'behind' : 'no more' };
}

/** The summary in a run's folder, if there is one that is whole. */
export function readSummary(folder: RunFolder, note: (text: string) => void): Summary | undefined {
  const content = folder.read('summary.json');
  if (content === undefined) return undefined;
  try {
    return parseSummary(content.toString('utf8'));
  } catch (error) {
    note(
      `${shortPath(folder.file('summary.json'))} is damaged (${(error as Error).message}); it is made anew from ${STATS}`,
    );
    return undefined;
  }
}

/** The last step that anything in the folder says a twin has done. */
function reachedStep(
  folder: RunFolder,
  { name }: TwinConfig,
  { stats }: SavedStats,
  earlier: Summary | undefined,
): number {
  const directory = folder.file('checkpoints', name);
  const files = existsSync(directory) ? readdirSync(directory) : [];
  // Weights without their record say at least that there has been a checkpoint, and a step after it can't be excluded.
  const saved = files.map((file) => Number(/^checkpoint-(\d{8,})-/.exec(file)?.[1] ?? 0) + 1);
  const done = stats.map(({ twin, step }) => (twin === name ? step : 0));
  const summarized = earlier?.twins.find((twin) => twin.name === name)?.steps ?? 0;
  return [...saved, ...done, summarized].reduce((most, step) => Math.max(most, step), 0);
}

/** The checkpoint that a twin goes on from. */
async function findStart(
  folder: RunFolder,
  config: ExperimentConfig,
  twin: TwinConfig,
  reached: number,
  note: (text: string) => void,
): Promise<StoredCheckpoint | undefined> {
  const { name } = twin;
  const directory = folder.file('checkpoints', name);
  let start: StoredCheckpoint | undefined;
  try {
    start = await fileStore(directory).latest({ fallback: true });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new UsageError(`${name} has no intact checkpoint: ${error.message}\n${anew(folder)}`, {
      cause: error,
    });
  }
  if (start) checkOwner(folder, config, twin, start);
  // Of the step reached itself, the checkpoint may not have been written yet.
  const { every } = config.checkpoint;
  const expected = Math.floor(Math.max(0, reached - 1) / every) * every;
  if (start === undefined && expected > 0) {
    throw new UsageError(
      `${name} must have a checkpoint in ${shortPath(directory)}, got none though it has done ${count(reached)} steps; put them ` +
        `back, or ${anew(folder)}`,
    );
  }
  for (const { step, reason } of start?.skipped ?? []) {
    note(`${name}: the checkpoint of step ${count(step)} is damaged and passed over: ${reason}`);
  }
  const from = start?.step ?? 0;
  if (from < expected) {
    note(
      `${name}: it had come to step ${count(reached)}, its last whole checkpoint is of step ${count(from)}; the steps between are done again`,
    );
  } else if (start === undefined) {
    note(`${name}: no checkpoint yet; it begins at step 0`);
  }
  return start;
}

function anew(folder: RunFolder): string {
  return `to train from the beginning, in a new folder: --config ${shortPath(folder.file('config.json'))}`;
}

/** What was logged, with the evaluations that only the summary still knows. */
function restored({ stats }: SavedStats, earlier: Summary | undefined): Stat[] {
  const key = (twin: string, step: number, samplingSteps: number) => `${twin} ${step} ${samplingSteps}`;
  const known = new Set(
    stats.flatMap((stat) =>
      stat.kind === 'evaluation' ? [key(stat.twin, stat.step, stat.samplingSteps)] : [],
    ),
  );
  const missing = (earlier?.twins ?? []).flatMap(({ name, curve }) =>
    curve
      .filter(({ step, samplingSteps }) => !known.has(key(name, step, samplingSteps)))
      .map((point): Stat => ({ kind: 'evaluation', twin: name, ...point })),
  );
  return missing.length === 0 ? stats : [...missing, ...stats].sort((a, b) => a.step - b.step);
}

/** What `stats.jsonl` should have up to where the twins go on, and hasn't. */
function lossOf(
  logged: SavedStats,
  stats: readonly Stat[],
  { twins }: ExperimentConfig,
  startOf: (twin: string) => number,
): string | undefined {
  const wanted = twins.reduce((sum, { name }) => sum + startOf(name), 0);
  const steps = stats.filter(({ kind }) => kind === 'step').length;
  if (logged.damaged === 0 && steps >= wanted) return undefined;
  const back = stats.filter((stat) => stat.kind === 'evaluation' && !logged.stats.includes(stat)).length;
  return (
    `${STATS}: ${logged.damaged > 0 ? `${count(logged.damaged)} damaged lines are left out, ` : ''}` +
    `${count(Math.max(0, wanted - steps))} of ${count(wanted)} steps are missing in what it says of losses and times` +
    (back > 0 ? `; ${count(back)} evaluations are taken from summary.json` : '')
  );
}

/** @throws UsageError for a run that is over and of whose results nothing is left */
function checkResults(folder: RunFolder, { steps, twins }: ExperimentConfig, stats: readonly Stat[]): void {
  const evaluated = (name: string) => stats.some(({ kind, twin }) => kind === 'evaluation' && twin === name);
  if (twins.every(({ name }) => evaluated(name))) return;
  throw new UsageError(
    `the run must have steps to do or results to report, got one that has done its ${count(steps)} steps and whose ${STATS} and ` +
      `summary.json are gone; its weights are whole: take distances again with evaluate --run ${shortPath(folder.path)}`,
  );
}
