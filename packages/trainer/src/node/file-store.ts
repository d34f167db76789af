import { checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CheckpointError,
  type CheckpointStore,
  LATEST_KEYS,
  type LatestOptions,
  laterCheckpoint,
  noCheckpoint,
  type SkippedCheckpoint,
  type StoredCheckpoint,
} from '../checkpoint.js';
import { encodeCheckpoint, encodeRecord } from './checkpoint-file.js';
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

  const place = { fn: 'fileStore', place: directory, path: directory };
  return {
    async prepare({ bytes, step, skipped = [] }) {
      const all = await listSteps(directory);
      const passed = new Set(skipped.map((one) => one.step));
      const later = all.find((other) => other > step && !passed.has(other));
      if (later !== undefined)
        throw (await damagedLater(directory, later, step)) ?? laterCheckpoint(place, later, step);
      // The new one is written before the oldest is removed.
      await prepareFolder(directory, bytes, Math.max(0, keep - all.length) + 1);
    },

    async save(checkpoint) {
      const bytes = encodeCheckpoint(checkpoint);
      const { step } = checkpoint;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const file = `${nameOf(step)}-${sha256.slice(0, 8)}.safetensors`;
      const path = join(directory, file);
      const there = await stat(path).then(
        () => true,
        () => false,
      );
      await writeAtomically(path, bytes);
      try {
        const record = encodeRecord({ step, file, bytes: bytes.length, sha256 });
        await writeAtomically(join(directory, `${nameOf(step)}.json`), record);
      } catch (error) {
        if (!there) await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
      await prune(directory, { step, file, keep });
      return path;
    },

    async latest(options = {}) {
      checkOptions('fileStore.latest', options, LATEST_KEYS);
      const found = await readLatest(directory, options);
      if (found === undefined && options.required) throw noCheckpoint(place);
      return found;
    },
  };
}

/**
 * The newest checkpoint in a folder; undefined if there is none.
 *
 * @throws CheckpointError if it is damaged, and, with `fallback`, all before it are
 */
async function readLatest(
  directory: string,
  { fallback = false, onDamaged }: LatestOptions,
): Promise<StoredCheckpoint | undefined> {
  const skipped: SkippedCheckpoint[] = [];
  let first: CheckpointError | undefined;
  for (const step of await listSteps(directory)) {
    try {
      const checkpoint = await readStep(directory, step);
      return skipped.length > 0 ? { ...checkpoint, skipped } : checkpoint;
    } catch (error) {
      if (!fallback || !(error instanceof CheckpointError)) throw error;
      first ??= error;
      skipped.push({ step, path: error.path, reason: error.reason });
      onDamaged?.(error);
    }
  }
  if (first === undefined) return undefined;
  const reason =
    `${directory} must hold a whole checkpoint, got ${skipped.length} and all damaged: ` +
    skipped.map((one) => one.reason).join('; ');
  const fix = 'to begin anew, remove them or use another folder';
  throw new CheckpointError({ fn: 'fileStore', path: first.path, reason, fix }, { cause: first });
}

/** The error for a checkpoint of step `later` that a run from `step` on would delete, if it is damaged. */
async function damagedLater(
  directory: string,
  later: number,
  step: number,
): Promise<CheckpointError | undefined> {
  const damage = await readStep(directory, later).then(
    () => undefined,
    (error: unknown) => (error instanceof CheckpointError ? error : undefined),
  );
  if (damage === undefined) return undefined;
  const reason =
    `${directory} must hold no checkpoint later than step ${step}, where the run starts, got a damaged one ` +
    `of step ${later} (${damage.reason})`;
  const fix = 'resume with start: await store.latest({ fallback: true }), or remove it';
  return new CheckpointError({ fn: 'fileStore', path: damage.path, reason, fix }, { cause: damage });
}

/** Removes what neither `step` nor the `keep − 1` checkpoints before it need; records before what they stand for. */
async function prune(
  directory: string,
  { step, file, keep }: { readonly step: number; readonly file: string; readonly keep: number },
): Promise<void> {
  const all = await listSteps(directory);
  const kept = new Set(all.filter((other) => other <= step).slice(0, keep));
  for (const other of all) if (!kept.has(other)) await remove(join(directory, `${nameOf(other)}.json`));
  for (const name of await readdir(directory)) {
    const other = Number(DATA.exec(name)?.[1] ?? Number.NaN);
    const stale = other === step ? name !== file : !kept.has(other);
    if (!Number.isNaN(other) && stale) await remove(join(directory, name));
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch((cause: unknown) => {
    const reason = `${path} must be removable, got ${String(cause)}`;
    const fix = 'the new checkpoint is written; remove the old one by hand';
    throw new CheckpointError({ fn: 'fileStore', path, reason, fix }, { cause });
  });
}
