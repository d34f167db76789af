import type { SelectedBackend } from '@immiscible/backend';
import { type FlagValues, suggestion, UsageError } from '@immiscible/command-line';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { withSampler } from '../config/with-sampler.js';
import { samplingSolvers } from '../registry/sampling-solvers.js';
import { type RunFolder, runFolder } from '../run/folder.js';
import { latestRun, linked } from '../run/latest.js';
import { createParts, type Parts } from '../run/parts.js';
import { savedConfig } from '../run/saved-config.js';
import { fitting } from './fitting.js';
import { backendFlag, jitFlag } from './run-flags.js';
import { startEngine } from './start-engine.js';

/** What the commands on an earlier run take. */
export const savedRunFlags = {
  run: { kind: 'text', hint: 'DIR', sets: [], about: "the run's folder; the latest in runs/, if not given" },
  ...backendFlag,
  ...jitFlag,
  sampler: {
    kind: 'text',
    hint: 'NAME[,KEY=VALUE]',
    sets: [],
    about:
      `another sampler than the config's: one of its method's own, or ${Object.keys(samplingSolvers).join(', ')}; ` +
      'with options as in a config: heun,churn=10',
  },
} as const;

/** An earlier run, its names resolved again. */
export interface SavedRun {
  readonly folder: RunFolder;
  /** The run's own. */
  readonly config: ExperimentConfig;
  readonly engine: SelectedBackend;
  /** With the sampler that was asked for. */
  readonly parts: Parts;
}

/**
 * Opens the run of `--run`, or the newest one, and makes its parts on an engine.
 *
 * @param note - told which run it is, where that isn't plain
 * @throws UsageError if there is no run, its config can't be read, or its method has no such sampler
 */
export async function openSavedRun(
  flags: FlagValues<typeof savedRunFlags>,
  note: (text: string) => void,
): Promise<SavedRun> {
  const folder = earlierRun(flags.run ?? 'latest', note);
  const config = savedConfig(folder);
  const asked = flags.sampler === undefined ? config : withSampler(config, flags.sampler);
  const engine = await startEngine(flags.backend);
  const parts = await fitting(config.name, () =>
    createParts(asked, { compiled: flags.jit, threaded: false }),
  );
  return { folder, config, engine, parts };
}

/** How many steps a sampler that chooses them may try, where the config's numbers are of another one. */
const MANY_STEPS = 1000;

/** The numbers of sampling steps to take where none are asked for. */
export function defaultSteps({ config, parts }: Pick<SavedRun, 'config' | 'parts'>): readonly number[] {
  const other = parts.config.method !== config.method;
  return other && parts.method.adaptive ? [MANY_STEPS] : config.evaluation.samplingSteps;
}

/**
 * The folder of an earlier run.
 *
 * @param path - or `latest`
 * @param note - told which run the latest is, where no link says so
 * @throws UsageError if there is none
 */
export function earlierRun(path: string, note: (text: string) => void): RunFolder {
  return runFolder(path === 'latest' ? latestRun(note) : linked(path));
}

/** @throws UsageError unless the run has that twin */
export function twinNamed(config: ExperimentConfig, name: string): TwinConfig {
  const twin = config.twins.find((one) => one.name === name);
  if (twin === undefined) {
    const names = config.twins.map((one) => one.name);
    throw new UsageError(`--twin must be a twin of ${config.name}, got ${name}${suggestion(name, names)}`);
  }
  return twin;
}
