import type { Params } from '@immiscible/core/tensors';
import { type Checkpoint, CheckpointError, checkpointParams } from '@immiscible/trainer';
import { fileStore } from '@immiscible/trainer/node';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { UsageError } from '@immiscible/command-line';
import { checkOwner } from './checkpoint-owner.js';
import type { RunFolder } from './folder.js';
import { shortPath } from './paths.js';

/**
 * The averaged weights of a twin's last checkpoint.
 *
 * @param config - that of the folder
 * @returns owned by the caller
 * @throws UsageError if it has none, or one of another twin or another config
 */
export async function savedWeights(
  folder: RunFolder,
  config: ExperimentConfig,
  twin: TwinConfig,
): Promise<{ weights: Params; step: number }> {
  const directory = folder.file('checkpoints', twin.name);
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = await fileStore(directory).latest();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new UsageError(
      `the last checkpoint of ${twin.name} must be whole, got ${shortPath(error.path)}: ${error.message}\n` +
        'Delete it to use the one before, or train again.',
      { cause: error },
    );
  }
  if (checkpoint === undefined) {
    throw new UsageError(`${twin.name} must have a checkpoint in ${shortPath(directory)}, got none`);
  }
  checkOwner(folder, config, twin, checkpoint);
  return { weights: checkpointParams(checkpoint, 'ema'), step: checkpoint.step };
}
