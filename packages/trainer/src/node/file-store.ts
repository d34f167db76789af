import { checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CheckpointError,
  type CheckpointStore,
  LATEST_KEYS,
  laterCheckpoint,
  noCheckpoint,
  type SkippedCheckpoint,
} from '../checkpoint.js';
import { encodeCheckpoint, encodeRecord, reasonOf } from './checkpoint-file.js';
import { prepareFolder, writeAtomically } from './folder.js';
import { DATA, listSteps, nameOf, readStep } from './read-step.js';

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * How many checkpoints to keep, the newest ones.
   * @defaultValue 2
   */
  readonly keep?: number;
}

/**
 * Checkpoints in a folder (Node only): `checkpoint-STEP-HASH.safetensors`, and beside it `checkpoint-STEP.json` with its
 * size and SHA-256. The second is written after the first is safely on the disk, each under another name that is
 * then changed, so a checkpoint is there whole or not at all, whenever the process or the machine dies.
 *
 * @param directory - made if it isn't there; for one run at a time
 * @param options - how many checkpoints to keep
 * @throws RangeError for an unknown option, or unless `keep` is an integer of at least 1
 * @example
 * const store = fileStore('runs/first');
 * train({ ...options, start: await store.latest(), checkpoint: { store, every: 500 } });
 */
export function fileStore(directory: string, options: FileStoreOptions = {}): CheckpointStore {
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError(`fileStore: directory must be a folder's name, got ${JSON.stringify(directory)}`);
  }
  checkOptions('fileStore', options, { keep: true } satisfies OptionKeys<FileStoreOptions>);
  const { keep = 2 } = options;
  checkInteger('fileStore', 'keep', keep, 1);

  /** Removes what neither `step` nor the `keep − 1` checkpoints before it need; records before what they stand for. */
  async function prune(step: number, file: string): Promise<void> {
    const all = await listSteps(directory);
    const kept = new Set(all.filter((other) => other <= step).slice(0, keep));
    const remove = async (name: string): Promise<void> => {
      await rm(join(directory, name), { force: true }).catch((cause: unknown) => {
        const path = join(directory, name);
        const fix = 'the new checkpoint is written; remove the old one by hand';
        throw new CheckpointError(
          `fileStore: ${path} must be removable, got ${String(cause)}; ${fix}`,
          path,
          {
            cause,
          },
        );
      });
    };
    for (const other of all) if (!kept.has(other)) await remove(`${nameOf(other)}.json`);
    for (const name of await readdir(directory)) {
      const other = Number(DATA.exec(name)?.[1] ?? Number.NaN);
      const stale = other === step ? name !== file : !kept.has(other);
      if (!Number.isNaN(other) && stale) await remove(name);
    }
  }

  return {
    async prepare({ bytes, step, skipped = [] }) {
      const all = await listSteps(directory);
      const passed = new Set(skipped.map((one) => one.step));
      for (const later of all.filter((other) => other > step && !passed.has(other))) {
        const damage = await readStep(directory, later).then(
          () => undefined,
          (error: unknown) => (error instanceof CheckpointError ? error : undefined),
        );
        const message = laterCheckpoint('fileStore', directory, later, step);
        throw damage
          ? new CheckpointError(
              `fileStore: ${directory} must hold no checkpoint later than step ${step}, where the run starts, got a damaged one ` +
                `of step ${later} (${reasonOf(damage)}); resume with start: await store.latest({ fallback: true }), or remove it`,
              damage.path,
              { cause: damage },
            )
          : new CheckpointError(message, directory);
      }
      // The new one is written before the oldest is removed.
      await prepareFolder(directory, bytes, Math.max(0, keep - all.length) + 1);
    },

    async save(checkpoint) {
      const bytes = encodeCheckpoint(checkpoint);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const name = nameOf(checkpoint.step);
      const file = `${name}-${sha256.slice(0, 8)}.safetensors`;
      const path = join(directory, file);
      const there = await stat(path).then(
        () => true,
        () => false,
      );
      await writeAtomically(path, bytes);
      try {
        const record = encodeRecord(checkpoint.step, file, bytes.length, sha256);
        await writeAtomically(join(directory, `${name}.json`), record);
      } catch (error) {
        if (!there) await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
      await prune(checkpoint.step, file);
      return path;
    },

    async latest(options = {}) {
      checkOptions('fileStore.latest', options, LATEST_KEYS);
      const { fallback = false, onDamaged, required = false } = options;
      const skipped: SkippedCheckpoint[] = [];
      let first: CheckpointError | undefined;
      for (const step of await listSteps(directory)) {
        try {
          const checkpoint = await readStep(directory, step);
          return skipped.length > 0 ? { ...checkpoint, skipped } : checkpoint;
        } catch (error) {
          if (!fallback || !(error instanceof CheckpointError)) throw error;
          first ??= error;
          skipped.push({ step, path: error.path, reason: reasonOf(error) });
          onDamaged?.(error);
        }
      }
      if (first !== undefined) {
        throw new CheckpointError(
          `fileStore: ${directory} must hold a whole checkpoint, got ${skipped.length} and all damaged: ` +
            `${skipped.map(({ reason }) => reason).join('; ')}; to begin anew, remove them or use another folder`,
          first.path,
          { cause: first },
        );
      }
      if (required) throw noCheckpoint('fileStore', directory, directory);
      return undefined;
    },
  };
}
