import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError } from '../checkpoint.js';

/** Whether it is one of Node's errors with one of these codes (`ENOENT` …). */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string);
}

/** What is written at once must fit one Buffer's read: `readFile` takes no file of 2 GiB or more. */
const MAX_BYTES = 2 ** 31 - 1;
const MAX_PROBE = 2 ** 24;

/**
 * Makes the folder if needed, and sure that `count` files of `bytes` bytes can be written to it: by the file system's
 * free space, and by writing (quotas and read-only mounts don't show in the former).
 *
 * @throws CheckpointError if not
 */
export async function prepareFolder(directory: string, bytes: number, count: number): Promise<void> {
  const fn = 'fileStore';
  const path = directory;
  if (bytes > MAX_BYTES) {
    const reason = `checkpoints must be under 2 GiB, got about ${megabytes(bytes)}`;
    throw new CheckpointError({ fn, path, reason, fix: 'use a store of your own' });
  }
  const probe = join(directory, 'checkpoint-probe.tmp');
  try {
    await makeFolder(directory);
    await removeTemporaries(directory);
    const { bavail, bsize } = await statfs(directory);
    if (bavail * bsize < bytes * count) {
      const reason =
        `${directory} must have ${megabytes(bytes * count)} free for ${count} checkpoints, ` +
        `got ${megabytes(bavail * bsize)}`;
      throw new CheckpointError({ fn, path, reason, fix: 'free some space or use another folder' });
    }
    await writeSynced(probe, new Uint8Array(Math.min(bytes, MAX_PROBE)));
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const reason = `${directory} must be a folder that can be written to, got ${String(cause)}`;
    throw new CheckpointError({ fn, path, reason }, { cause });
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes a file under a temporary name, has it put on the disk, and gives it its name: whole or not at all.
 *
 * @throws CheckpointError if it can't be written; what was there stays
 */
export async function writeAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    await makeFolder(dirname(file));
    await rm(temporary, { force: true });
    await writeSynced(temporary, content);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = `${file} must be writable, got ${String(cause)}`;
    const fix = `${remedy(cause, content.length)}checkpoints before it are kept`;
    throw new CheckpointError({ fn: 'fileStore', path: file, reason, fix }, { cause });
  }
}

/** What to do about a file that couldn't be written, where that is known. */
function remedy(cause: unknown, bytes: number): string {
  if (!hasErrorCode(cause, 'ENOSPC', 'EDQUOT', 'EFBIG')) return '';
  return `free at least ${megabytes(bytes)} there (or move the folder to another disk) and resume: `;
}

/** Makes a folder and those above it, each with its name safely on the disk. */
async function makeFolder(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (dirname(made) === made) break;
  }
}

async function writeSynced(file: string, content: Uint8Array | string): Promise<void> {
  // Only a file that isn't there yet: a link of that name isn't followed.
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that a file's new name outlives a power cut. Not every system can: Windows opens no folders. */
async function syncFolder(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, 'r');
    await handle.sync();
  } catch (error) {
    if (!hasErrorCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'EBADF', 'ENOTSUP')) throw error;
  } finally {
    await handle?.close();
  }
}

/** What a process left that was killed while it wrote. */
async function removeTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^checkpoint-.*\.tmp$/.test(name)) await rm(join(directory, name));
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
