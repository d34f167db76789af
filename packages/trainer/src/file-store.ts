import { checkInteger } from '@immiscible/core';
import { type Checkpoint, CheckpointError, type CheckpointStore } from './checkpoint.js';
import {
  damaged,
  decodeCheckpoint,
  decodeRecord,
  encodeCheckpoint,
  encodeRecord,
} from './checkpoint-file.js';
import { hasErrorCode, node, prepareFolder, writeAtomically } from './folder.js';
import { laterCheckpoint } from './memory-store.js';

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * How many checkpoints to keep, the newest ones.
   * @defaultValue 2
   */
  readonly keep?: number;
}

const RECORD = /^checkpoint-(\d{8,})\.json$/;
const DATA = /^checkpoint-(\d{8,})-[0-9a-f]{8}\.safetensors$/;
const nameOf = (step: number) => `checkpoint-${String(step).padStart(8, '0')}`;

/**
 * Checkpoints in a folder (Node only): `checkpoint-STEP-HASH.safetensors`, and beside it `checkpoint-STEP.json` with its
 * size and SHA-256. The second is written after the first is safely on the disk, each under another name that is
 * then changed, so a checkpoint is there whole or not at all, whenever the process or the machine dies.
 *
 * @param directory - made if it isn't there; for one run at a time
 * @throws RangeError unless `keep` is an integer of at least 1
 * @example
 * const store = fileStore('runs/first');
 * train({ ...options, start: await store.latest(), checkpoint: { store, every: 500 } });
 */
export function fileStore(directory: string, options: FileStoreOptions = {}): CheckpointStore {
  const { keep = 2 } = options;
  checkInteger('fileStore', 'keep', keep, 1);

  /** Steps of the checkpoints that are there, newest first. */
  async function steps(): Promise<number[]> {
    const { fs } = await node();
    const names = await fs.readdir(directory).catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return [];
      throw new CheckpointError(`fileStore: ${directory} must be a folder, got ${String(error)}`, directory, {
        cause: error,
      });
    });
    return names
      .flatMap((name) => RECORD.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  async function read(step: number): Promise<Checkpoint> {
    const { fs, crypto, path } = await node();
    const recordPath = path.join(directory, `${nameOf(step)}.json`);
    const record = decodeRecord(await fs.readFile(recordPath, 'utf8'), step, recordPath);
    const file = path.join(directory, record.file);
    const bytes = await fs.readFile(file).catch((error: unknown) => {
      throw damaged(file, `a file of ${record.bytes} bytes`, String(error), error);
    });
    if (bytes.length !== record.bytes) {
      throw damaged(file, `${record.bytes} bytes long`, `${bytes.length} bytes`);
    }
    const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== record.sha256) throw damaged(file, `of SHA-256 ${record.sha256}`, sha256);
    return decodeCheckpoint(bytes, file);
  }

  /** Removes what neither `step` nor the `keep − 1` checkpoints before it need; records before what they stand for. */
  async function prune(step: number, file: string): Promise<void> {
    const { fs, path } = await node();
    const all = await steps();
    const kept = new Set(all.filter((other) => other <= step).slice(0, keep));
    for (const other of all) if (!kept.has(other)) await fs.rm(path.join(directory, `${nameOf(other)}.json`));
    for (const name of await fs.readdir(directory)) {
      const other = Number(DATA.exec(name)?.[1] ?? Number.NaN);
      const stale = other === step ? name !== file : !kept.has(other);
      if (!Number.isNaN(other) && stale) await fs.rm(path.join(directory, name));
    }
  }

  return {
    async prepare({ bytes, step }) {
      const all = await steps();
      for (const later of all.filter((other) => other > step)) {
        // A damaged one that the run has gone back behind is no loss.
        const whole = await read(later).catch(() => undefined);
        if (whole) throw new CheckpointError(laterCheckpoint('fileStore', directory, later, step), directory);
      }
      // The new one is written before the oldest is removed.
      await prepareFolder(directory, bytes, Math.max(0, keep - all.length) + 1);
    },

    async save(checkpoint) {
      const { crypto, path } = await node();
      const bytes = encodeCheckpoint(checkpoint);
      const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
      const name = nameOf(checkpoint.step);
      const file = `${name}-${sha256.slice(0, 8)}.safetensors`;
      await writeAtomically(path.join(directory, file), bytes);
      const record = path.join(directory, `${name}.json`);
      await writeAtomically(record, encodeRecord(checkpoint.step, file, bytes.length, sha256));
      await prune(checkpoint.step, file);
      return path.join(directory, file);
    },

    async latest({ fallback = false, onDamaged } = {}) {
      let first: unknown;
      for (const step of await steps()) {
        try {
          return await read(step);
        } catch (error) {
          if (!fallback || !(error instanceof CheckpointError)) throw error;
          first ??= error;
          onDamaged?.(error);
        }
      }
      if (first !== undefined) throw first;
      return undefined;
    },
  };
}
