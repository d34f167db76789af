import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Terminal, UsageError } from '@immiscible/command-line';
import type { ExperimentConfig } from '../config/experiment.js';
import { loadConfig, withOverrides } from '../config/load.js';
import { REAL_IMAGES } from '../report/page.js';
import type { Summary } from '../report/summary.js';
import { createEvaluator } from '../run/evaluation.js';
import { measureCosts } from '../run/estimate.js';
import { createRunFolder, openRunFolder } from '../run/claim-folder.js';
import { folderName, type RunFolder } from '../run/folder.js';
import { interruptible } from '../run/interrupt.js';
import { pointLatest, RUNS } from '../run/latest.js';
import { checkModel, createParts, type Parts } from '../run/parts.js';
import { createProgress } from '../run/progress.js';
import { gitState, machine } from '../run/provenance.js';
import { realImages } from '../run/real-images.js';
import { recover, type Recovered } from '../run/recover.js';
import { savedConfig } from '../run/saved-config.js';
import { runSession, type SessionOptions } from '../run/session.js';
import { remainingSeconds } from '../run/train-twins.js';
import { announce, announceTime } from './announce.js';
import { conclude } from './conclude.js';
import { fitting } from './fitting.js';
import { repeatCommand } from './repeat-command.js';
import { type Backend, DEFAULT_CONFIG, execution, type RunFlags } from './run-flags.js';
import { earlierRun } from './saved-run.js';
import { startEngine } from './start-engine.js';

export interface RunRequest {
  readonly command: 'compare' | 'train';
  /** The twins of the config that are trained. */
  readonly select: (config: ExperimentConfig) => ExperimentConfig;
}

/**
 * Trains, evaluates and reports: all of `compare` and `train`.
 *
 * @param flags - as they were typed
 * @param terminal - where all is told
 * @param request - which of the two it is
 * @returns the exit code: 0, 1 after a failure, 130 if it was stopped
 */
export async function runExperiment(
  flags: RunFlags & { readonly twin?: string | undefined },
  terminal: Terminal,
  request: RunRequest,
): Promise<number> {
  const resume = resumedFolder(flags, terminal.error);
  const config = resume ? savedConfig(resume) : request.select(chosenConfig(flags));

  const engine = await startEngine(flags.backend);
  const how = execution(flags);
  const parts = await fitting(config.name, () => createParts(config, how));
  const parameters = await fitting(config.name, async () => checkModel(parts));
  const startedAt = new Date();
  const bytes = bytesNeeded(parameters, config);
  const own = join(RUNS, folderName(config.name, config.seed, startedAt));
  const claimed = resume ? openRunFolder(resume.path, bytes) : createRunFolder(flags.out ?? own, bytes);
  const interrupt = interruptible(() =>
    terminal.error('\nstopping after this step and writing the report; once more to end at once'),
  );
  const { signal } = interrupt;
  const { folder } = claimed;
  try {
    const facts = {
      engine,
      command: repeatCommand(request.command, config, { backend: flags.backend, ...how }, folder),
      startedAt,
      git: gitState(),
      machine: machine(),
    };
    const run = { parts, claimed, facts, parameters, signal };
    return await trainAndReport(run, resume && (await recover(folder, config)), flags.backend, terminal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    terminal.error('stopped before the first step');
    return 130;
  } finally {
    interrupt.dispose();
    claimed.release();
  }
}

type Begun = Pick<SessionOptions, 'parts' | 'claimed' | 'facts' | 'signal'> & { readonly parameters: number };

/** @param recovered - of a run that is gone on with */
async function trainAndReport(
  { parts, claimed, facts, parameters, signal }: Begun,
  recovered: Recovered | undefined,
  asked: Backend | undefined,
  terminal: Terminal,
): Promise<number> {
  const { config } = parts;
  const { folder } = claimed;
  recovered?.notes.forEach(terminal.error);
  if (recovered && isFinished(recovered, config)) {
    terminal.log('the run is finished: nothing is left to do, and its results are left as they are');
    return conclude(recovered.earlier, folder, terminal);
  }
  announce({ parts, engine: facts.engine, parameters, folder, asked }, terminal.log);
  if (!recovered) terminal.log('          measuring a few steps to know how long it will take');
  const evaluator = await fitting(config.name, () => createEvaluator(parts, signal));
  const costs = await fitting(config.name, () => measureCosts(parts, evaluator, signal));
  const all = config.twins.map((twin) => ({ twin, step: 0 }));
  if (!recovered) announceTime(remainingSeconds(parts, all, costs, new Map()), config.steps, terminal.log);
  const session = {
    ...{ parts, claimed, evaluator, facts, costs, signal, recovered },
    progress: createProgress(config.steps, terminal),
    onReady: () => writeBeginning(parts, folder, { seed: config.seed, ...facts }, terminal.error),
    note: terminal.error,
  };
  return conclude(await runSession(session), folder, terminal);
}

/** What a run's folder has from the beginning: written when nothing more can be refused. */
function writeBeginning(parts: Parts, folder: RunFolder, facts: object, note: (text: string) => void): void {
  const missing = ['config.json', REAL_IMAGES, 'run.json'].filter((name) => folder.read(name) === undefined);
  try {
    if (missing.includes('config.json')) {
      folder.write('config.json', `${JSON.stringify(parts.config, null, 2)}\n`);
    }
    if (missing.includes(REAL_IMAGES)) realImages(parts, folder);
    folder.write('run.json', `${JSON.stringify(facts, null, 2)}\n`);
  } catch (error) {
    // Of a run that hasn't begun, nothing may be in the way of another try.
    for (const name of missing) rmSync(folder.file(name), { force: true });
    throw error;
  }
  const inTheWay = pointLatest(folder.path);
  if (inTheWay !== undefined) note(inTheWay);
}

function isFinished(
  recovered: Recovered,
  { steps, twins }: ExperimentConfig,
): recovered is Recovered & { readonly earlier: Summary } {
  const done = twins.every(({ name }) => recovered.starts.get(name)?.step === steps);
  return done && recovered.earlier?.status === 'finished';
}

function chosenConfig({ config, steps, seed }: RunFlags): ExperimentConfig {
  return withOverrides(loadConfig(config ?? DEFAULT_CONFIG), {
    ...(steps !== undefined && { steps }),
    ...(seed !== undefined && { seed }),
  });
}

function resumedFolder(
  flags: RunFlags & { readonly twin?: string | undefined },
  note: (text: string) => void,
): RunFolder | undefined {
  if (flags.resume === undefined) return undefined;
  const fixed = (['config', 'steps', 'seed', 'out', 'twin'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (fixed !== undefined) {
    throw new UsageError(`--resume goes on with the run as it was begun; leave out --${fixed}`);
  }
  return earlierRun(flags.resume, note);
}

/** Three checkpoints a twin (two are kept while a third is written), of weights, average and two moments; pictures. */
function bytesNeeded(parameters: number, { twins }: ExperimentConfig): number {
  return 3 * twins.length * 4 * 4 * parameters + 20e6;
}
