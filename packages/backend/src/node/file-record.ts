import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What a file was when it was known to be right. */
export interface FileRecord {
  /** Below the folder that the record is about. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Last change of content, and of anything: if both are as recorded, nobody wrote to the file since. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** SHA-256 of a file's content, in hexadecimal. */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 22);
  const file = openSync(path, 'r');
  try {
    for (let read; (read = readSync(file, chunk, 0, chunk.length, null)) > 0;)
      hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/**
 * Records a file as it is now.
 *
 * @param sha256 - of what it should be, where that is known
 */
export function recordFile(folder: string, path: string, sha256?: string): FileRecord {
  const file = join(folder, path);
  const { size, mtimeMs, ctimeMs } = statSync(file);
  return { path, bytes: size, sha256: sha256 ?? hashFile(file), mtimeMs, ctimeMs };
}

/**
 * Compares a file with its record.
 *
 * @param how - `stamp`: size and times, and the content only if the times differ; `hash`: the content in any case
 * @returns what is wrong with it, if something is
 */
export function fileDamage(folder: string, record: FileRecord, how: 'stamp' | 'hash'): string | undefined {
  const file = join(folder, record.path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) return `${file} is missing`;
  const { size, mtimeMs, ctimeMs } = found;
  if (size < record.bytes) return `${file} is cut short: ${size} bytes of ${record.bytes}`;
  if (size > record.bytes) return `${file} is too long: ${size} bytes for ${record.bytes}`;
  if (how === 'stamp' && mtimeMs === record.mtimeMs && ctimeMs === record.ctimeMs) return undefined;
  return hashFile(file) === record.sha256
    ? undefined
    : `${file} was changed: its SHA-256 is not the recorded one`;
}

/** The first damage that `find` finds. */
export function firstDamage<T>(
  items: readonly T[],
  find: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const damage = find(item);
    if (damage !== undefined) return damage;
  }
  return undefined;
}

/** Writes down, beside it, what was built into the cache. */
export async function recordBuilt(path: string): Promise<void> {
  await writeFile(`${path}.json`, `${JSON.stringify(recordFile(dirname(path), basename(path)))}\n`);
}

/** Whether what lies in the cache is what was built. */
export async function isAsBuilt(path: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(`${path}.json`, 'utf8')) as FileRecord;
    return fileDamage(dirname(path), record, 'hash') === undefined;
  } catch {
    return false;
  }
}
