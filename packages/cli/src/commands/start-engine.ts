import { type SelectedBackend, selectBackend } from '@immiscible/backend';
import { UsageError } from '@immiscible/command-line';
import type { Backend } from './run-flags.js';

/**
 * Starts the engine.
 *
 * @param backend - this one and no other
 * @throws UsageError if it can't be had, with what to run
 */
export async function startEngine(backend: Backend | undefined): Promise<SelectedBackend> {
  try {
    return await selectBackend(backend === undefined ? {} : { backend });
  } catch (error) {
    if (backend === undefined) throw error;
    throw new UsageError(`--backend ${backend}: ${(error as Error).message}`, { cause: error });
  }
}
