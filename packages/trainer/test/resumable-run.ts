import type { HostInputs } from '@immiscible/core/tensors';
import type { Checkpoint, CheckpointStore, StoredCheckpoint, TrainOptions } from '@immiscible/trainer';
import { expect } from 'vitest';
import { BATCH, options, reversing } from './tiny.js';

export const STEPS = 9;
export const run: TrainOptions<HostInputs> = { ...options, transform: reversing(3 * BATCH), steps: STEPS };

/** The last checkpoint without what differs from clock to clock. */
export async function ending(store: CheckpointStore): Promise<Omit<Checkpoint, 'seconds'>> {
  const { seconds, path: _, ...rest } = (await store.latest()) as StoredCheckpoint;
  expect(seconds).toBeGreaterThan(0);
  return rest;
}
