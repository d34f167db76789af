import type { Params } from '@immiscible/core';
import { checkpointParams } from '@immiscible/trainer';
import { UsageError } from '../usage-error.js';
import { checkpointStore } from './checkpoint-store.js';
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
  const checkpoint = await checkpointStore(directory).latest();
  if (checkpoint === undefined) {
    throw new UsageError(`${twin} must have a checkpoint in ${shortPath(directory)}, got none`);
  }
  return { weights: checkpointParams(checkpoint, 'ema'), step: checkpoint.step };
}
