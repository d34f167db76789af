import type { Params } from '@immiscible/core/tensors';
import { type Checkpoint, CheckpointError, checkpointParams } from '@immiscible/trainer';
import { fileStore } from '@immiscible/trainer/node';
import { UsageError } from '../usage-error.js';
import { type RunFolder, shortPath } from './folder.js';

/**
 * The averaged weights of a twin's last checkpoint.
 *
 * @returns owned by the caller
 * @throws UsageError if it has none
 */
export async function savedWeights(
  folder: RunFolder,
  twin: string,
): Promise<{ weights: Params; step: number }> {
  const directory = folder.file('checkpoints', twin);
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = await fileStore(directory).latest();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new UsageError(
      `the last checkpoint of ${twin} must be whole, got ${shortPath(error.path)}: ${error.message}\n` +
        'Delete it to use the one before, or train again.',
      { cause: error },
    );
  }
  if (checkpoint === undefined) {
    throw new UsageError(`${twin} must have a checkpoint in ${shortPath(directory)}, got none`);
  }
  return { weights: checkpointParams(checkpoint, 'ema'), step: checkpoint.step };
}
