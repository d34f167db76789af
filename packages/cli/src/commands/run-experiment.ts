import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SelectedBackend } from '@immiscible/backend';
import { type ExperimentConfig } from '../config/experiment.js';
import { loadConfig, withOverrides } from '../config/load.js';
import { count, duration, samplingSteps } from '../report/format.js';
import { REAL_IMAGES } from '../report/page.js';
import type { Summary } from '../report/summary.js';
import { resultLines } from '../report/table.js';
import { verdict } from '../report/verdict.js';
import { createEvaluator } from '../run/evaluation.js';
import { measureCosts } from '../run/estimate.js';
import { createRunFolder, openRunFolder } from '../run/claim-folder.js';
import { folderName, type RunFolder } from '../run/folder.js';
import { interruptible } from '../run/interrupt.js';
import { pointLatest, RUNS } from '../run/latest.js';
import { checkModel, createParts, type Parts } from '../run/parts.js';
import { shortPath } from '../run/paths.js';
import { createProgress } from '../run/progress.js';
import { gitState, machine } from '../run/provenance.js';
import { realImages } from '../run/real-images.js';
import { recover, type Recovered } from '../run/recover.js';
import { savedConfig } from '../run/saved-config.js';
import { runSession } from '../run/session.js';
import { remainingSeconds } from '../run/train-twins.js';
import { wrap } from '../report/wrap.js';
import { say, warn } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { type Given, integer, oneOf, text } from './command.js';
import { fitting } from './fitting.js';
import { repeatCommand } from './repeat-command.js';
import { BACKENDS, type Backend, execution } from './run-flags.js';
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
 * @returns the exit code: 0, 1 after a failure, 130 if it was stopped
 */
export async function runExperiment(given: Given, { command, select }: RunRequest): Promise<number> {
  const backend = oneOf(given, 'backend', BACKENDS);
  const resume = resumedFolder(given);
  const config = resume ? savedConfig(resume) : select(chosenConfig(given));

  const engine = await startEngine(backend);
  const how = execution(given);
  const fits = <T>(work: () => Promise<T>): Promise<T> => fitting(config.name, work);
  const parts = await fits(() => createParts(config, how));
  const parameters = await fits(async () => checkModel(parts));
  const startedAt = new Date();
  const bytes = bytesNeeded(parameters, config);
  const own = join(RUNS, folderName(config.name, config.seed, startedAt));
  const claimed = resume
    ? openRunFolder(resume.path, bytes)
    : createRunFolder(text(given, 'out') ?? own, bytes);
  const { folder } = claimed;
  const interrupt = interruptible(() =>
    warn('\nstopping after this step and writing the report; once more to end at once'),
  );
  const { signal } = interrupt;
  try {
    const recovered = resume && (await recover(folder, config));
    recovered?.notes.forEach(warn);
    if (recovered && isFinished(recovered, config)) {
      say('the run is finished: nothing is left to do, and its results are left as they are');
      return conclude(recovered.earlier, folder);
    }
    const facts = {
      engine,
      command: repeatCommand(command, config, { backend, ...how }, folder),
      startedAt,
      git: gitState(),
      machine: machine(),
    };
    announce(parts, engine, parameters, folder, backend);
    if (!resume) say('          measuring a few steps to know how long it will take');
    const evaluator = await fits(() => createEvaluator(parts, signal));
    const costs = await fits(() => measureCosts(parts, evaluator, signal));
    const all = config.twins.map((twin) => ({ twin, step: 0 }));
    if (!resume) announceTime(remainingSeconds(parts, all, costs, new Map()), config.steps);
    const session = {
      parts,
      claimed,
      evaluator,
      facts,
      costs,
      progress: createProgress(config.steps),
      signal,
      recovered,
      onReady: () => writeBeginning(parts, folder, { seed: config.seed, ...facts }),
      note: warn,
    };
    return conclude(await runSession(session), folder);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    warn('stopped before the first step');
    return 130;
  } finally {
    interrupt.dispose();
    claimed.release();
  }
}

/** What a run's folder has from the beginning: written when nothing more can be refused. */
function writeBeginning(parts: Parts, folder: RunFolder, facts: object): void {
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
  if (inTheWay !== undefined) warn(inTheWay);
}

function isFinished(
  recovered: Recovered,
  { steps, twins }: ExperimentConfig,
): recovered is Recovered & { readonly earlier: Summary } {
  const done = twins.every(({ name }) => recovered.starts.get(name)?.step === steps);
  return done && recovered.earlier?.status === 'finished';
}

function chosenConfig(given: Given): ExperimentConfig {
  const steps = integer(given, 'steps', 1);
  const seed = integer(given, 'seed', 0);
  return withOverrides(loadConfig(text(given, 'config') ?? 'fashion-ddim'), {
    ...(steps !== undefined && { steps }),
    ...(seed !== undefined && { seed }),
  });
}

function resumedFolder(given: Given): RunFolder | undefined {
  const path = text(given, 'resume');
  if (path === undefined) return undefined;
  const fixed = ['config', 'steps', 'seed', 'out', 'twin'].find((name) => given.flags[name] !== undefined);
  if (fixed !== undefined) {
    throw new UsageError(`--resume goes on with the run as it was begun; leave out --${fixed}`);
  }
  return earlierRun(path);
}

/** Three checkpoints a twin (two are kept while a third is written), of weights, average and two moments; pictures. */
function bytesNeeded(parameters: number, { twins }: ExperimentConfig): number {
  return 3 * twins.length * 4 * 4 * parameters + 20e6;
}

function announce(
  { config, dataset, extractor }: Parts,
  engine: SelectedBackend,
  parameters: number,
  folder: RunFolder,
  asked: Backend | undefined,
): void {
  const { evaluation } = config;
  const [images, height, width] = dataset.shape;
  const lines: [string, string][] = [
    ['engine', `${engine.name} ${engine.version} (${engine.reason})`],
    ['config', `${config.name}: ${config.title}`],
    ['data', `${count(images)} images of ${dataset.name}, ${height}×${width}`],
    ...config.twins.map(({ name, coupling }, i): [string, string] => [
      i === 0 ? 'twins' : '',
      `${name} (${Object.values(coupling).join(', ')})`,
    ]),
    [
      'training',
      `${count(config.steps)} steps of ${config.batchSize} images for each, ${count(parameters)} weights, ` +
        `seed ${config.seed}`,
    ],
    [
      'judged',
      `every ${count(evaluation.every)} steps: distance on ${extractor.id} of ${count(evaluation.samples)} samples at ` +
        samplingSteps(...evaluation.samplingSteps),
    ],
    ['folder', shortPath(folder.path)],
  ];
  for (const [name, value] of lines) say(`${name.padEnd(9)} ${value}`);
  if (engine.name === 'wasm' && asked === undefined) {
    say(`${''.padEnd(9)} the native engine is several times faster: npx @immiscible/backend install`);
  }
}

function conclude(summary: Summary, folder: RunFolder): number {
  if (summary.twins.some(({ curve }) => curve.length > 0)) {
    say(`\n${resultLines(summary).join('\n')}`);
  }
  for (const { finding, caveat } of verdict(summary)) {
    say(`\n${wrap(finding)}`);
    if (caveat !== '') say(wrap(caveat));
  }
  say(`\nreport    ${folder.url('report.html')}`);
  say(`folder    ${shortPath(folder.path)}`);
  if (summary.status === 'finished') return 0;
  for (const { name, checkpoint } of summary.twins) {
    if (checkpoint !== undefined) say(`weights   ${name}: ${shortPath(folder.file(checkpoint))}`);
  }
  if (summary.status === 'interrupted') {
    say(`go on     --resume ${shortPath(folder.path)}`);
    return 130;
  }
  warn(`\n${summary.error}`);
  if (summary.twins.some(({ checkpoint }) => checkpoint !== undefined)) {
    say(`go on     --resume ${shortPath(folder.path)}, once the cause is mended`);
  }
  return 1;
}

/** How long it will take, and how to make it shorter where that is long. */
function announceTime(seconds: number, steps: number): void {
  say(`time      about ${duration(seconds)}`);
  const long = 20 * 60;
  if (seconds > long) {
    const fewer = Math.max(1, Math.round((steps * 8 * 60) / seconds));
    say(`          to see it work in less: --steps ${fewer} (Ctrl-C leaves a report at any time)`);
  }
}
