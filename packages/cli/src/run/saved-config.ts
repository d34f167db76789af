import type { ExperimentConfig } from '../config/experiment.js';
import { parseConfig } from '../config/load.js';
import { parseJson } from '../config/parse-json.js';
import type { RunFolder } from './folder.js';
import { shortPath } from './paths.js';
import { UsageError } from '@immiscible/command-line';

/**
 * The config that a run was begun with.
 *
 * @throws UsageError if the folder has none, or one that isn't understood
 */
export function savedConfig(folder: RunFolder): ExperimentConfig {
  const path = shortPath(folder.file('config.json'));
  const content = folder.read('config.json');
  if (content === undefined) {
    throw new UsageError(
      `the run's folder must hold a config.json, got ${shortPath(folder.path)}, which has none`,
    );
  }
  let value: unknown;
  try {
    value = parseJson(content.toString('utf8'));
  } catch (cause) {
    throw new UsageError(`${path} must be JSON, got ${(cause as Error).message}`, { cause });
  }
  return parseConfig(value, path);
}
