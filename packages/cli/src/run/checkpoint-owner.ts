import type { Checkpoint } from '@immiscible/trainer';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { UsageError } from '@immiscible/command-line';
import { configHash } from './config-hash.js';
import type { RunFolder } from './folder.js';
import { shortPath } from './paths.js';

/** What a run's checkpoints say of themselves besides the hash of their config. */
export function checkpointMetadata({ name }: TwinConfig): Record<string, string> {
  return { twin: name };
}

/**
 * Whether a checkpoint in a twin's folder is that twin's, of the config that the run's folder has.
 *
 * @throws UsageError with whose it is, where that can be known
 */
export function checkOwner(
  folder: RunFolder,
  config: ExperimentConfig,
  twin: TwinConfig,
  { config: hash, metadata }: Pick<Checkpoint, 'config' | 'metadata'>,
): void {
  const said = metadata?.['twin'];
  const other = config.twins.find((one) => one !== twin && configHash(config, one) === hash);
  const own = hash === configHash(config, twin);
  if (own && (said === undefined || said === twin.name)) return;
  const where = shortPath(folder.file('checkpoints', twin.name));
  // Twins may share a coupling; then the hash fits, and the name tells them apart.
  const whose = said !== undefined && said !== twin.name ? said : own ? undefined : other?.name;
  if (whose !== undefined) {
    throw new UsageError(
      `${where} must hold checkpoints of ${twin.name}, got those of ${whose}; put the twins' folders back in their places`,
    );
  }
  throw new UsageError(
    `${where} must hold checkpoints of the config in config.json (${configHash(config, twin)}), got those of another ` +
      `(${hash ?? 'unknown'}); put the run's own config.json back, or train the new one in a folder of its own`,
  );
}
