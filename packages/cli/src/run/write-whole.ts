import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { shortPath } from './paths.js';

/** A file of a run that can't be written: says which, and what to do. */
export class WriteError extends Error {
  override readonly name: string = 'WriteError';
  /** Whether there is no room for it. */
  readonly full: boolean;

  constructor(path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    super(
      `${shortPath(path)} must be a file that can be written, got ${message}; ` +
        (full ? 'free some space on its disk' : 'see who may write there'),
      { cause },
    );
    this.full = full;
  }
}

/**
 * Writes a file whole or not at all, whenever the process or the machine dies: under a name of its own beside it, which nobody else
 * uses, put on the disk, then renamed.
 *
 * @throws WriteError if it can't be written; what was there stays
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  const partial = partialName(path);
  try {
    mkdirSync(folder, { recursive: true });
    writeNew(partial, content);
    renameSync(partial, path);
    syncFolder(folder);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw new WriteError(path, cause);
  }
}

let partials = 0;

/** A name beside a file that no other process and no other call uses. */
export function partialName(path: string): string {
  return `${path}.${process.pid}-${partials++}.partial`;
}

/** Whether a process made that name by {@link partialName}. */
export function isPartialOf(name: string, pid: number): boolean {
  return new RegExp(`\\.${pid}-\\d+\\.partial$`).test(name);
}

/** Writes a file that must not be there yet, and has it put on the disk. */
export function writeNew(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Appends a line to a file.
 *
 * @throws WriteError if it can't be written
 */
export function appendLine(path: string, line: string): void {
  try {
    const file = openSync(path, 'a');
    try {
      writeSync(file, `${line}\n`);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new WriteError(path, cause);
  }
}

/** So that a file's new name outlives a power cut. Not every system can: Windows opens no folders. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(join(folder, '.'), 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The file itself is on the disk.
  }
}
