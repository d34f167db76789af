import type { SelectedBackend } from '@immiscible/backend';
import type { ArgsDef } from 'citty';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { suggestion } from '../config/nearest.js';
import { type RunFolder, runFolder } from '../run/folder.js';
import { latestRun, linked } from '../run/latest.js';
import { createParts, type Parts } from '../run/parts.js';
import { savedConfig } from '../run/saved-config.js';
import { warn } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { type Given, oneOf, text } from './command.js';
import { fitting } from './fitting.js';
import { backendFlag, BACKENDS, isCompiled, jitFlag } from './run-flags.js';
import { startEngine } from './start-engine.js';

/** What the commands on an earlier run take. */
export const savedRunFlags: ArgsDef = {
  run: { type: 'string', valueHint: 'DIR', description: "The run's folder (the latest in runs/)" },
  ...backendFlag,
  ...jitFlag,
};

/** An earlier run, its names resolved again. */
export interface SavedRun {
  readonly folder: RunFolder;
  readonly config: ExperimentConfig;
  readonly engine: SelectedBackend;
  readonly parts: Parts;
}

/**
 * Opens the run of `--run`, or the newest one, and makes its parts on an engine.
 *
 * @throws UsageError if there is no run, or its config can't be read
 */
export async function openSavedRun(given: Given): Promise<SavedRun> {
  const backend = oneOf(given, 'backend', BACKENDS);
  const folder = earlierRun(text(given, 'run') ?? 'latest');
  const config = savedConfig(folder);
  const engine = await startEngine(backend);
  return {
    folder,
    config,
    engine,
    parts: await fitting(config.name, () =>
      createParts(config, { compiled: isCompiled(given), threaded: false }),
    ),
  };
}

/**
 * The folder of an earlier run.
 *
 * @param path - or `latest`
 * @throws UsageError if there is none
 */
export function earlierRun(path: string): RunFolder {
  return runFolder(path === 'latest' ? latestRun(warn) : linked(path));
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
