import { CheckpointError } from './checkpoint.js';

/** Node's modules, loaded when first needed: the rest of the package runs in a browser too. */
export async function node(): Promise<{
  fs: typeof import('node:fs/promises');
  crypto: typeof import('node:crypto');
  path: typeof import('node:path');
}> {
  const [fs, crypto, path] = await Promise.all([
    import('node:fs/promises'),
    import('node:crypto'),
    import('node:path'),
  ]);
  return { fs, crypto, path };
}

/** Whether it is one of Node's errors with that code (`ENOENT` …). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What is written at once must fit one Buffer's read: `fs.readFile` takes no file of 2 GiB or more. */
const MAX_BYTES = 2 ** 31 - 1;
const MAX_PROBE = 2 ** 24;

/**
 * Makes the folder if needed, and sure that `count` files of `bytes` bytes can be written to it: by the file system's
 * free space, and by writing (quotas and read-only mounts don't show in the former).
 *
 * @throws CheckpointError if not
 */
export async function prepareFolder(directory: string, bytes: number, count: number): Promise<void> {
  const { fs, path } = await node();
  if (bytes > MAX_BYTES) {
    throw new CheckpointError(
      `fileStore: checkpoints must be under 2 GiB, got about ${megabytes(bytes)}; use a store of your own`,
      directory,
    );
  }
  const probe = path.join(directory, 'checkpoint-probe.tmp');
  try {
    await fs.mkdir(directory, { recursive: true });
    await removeTemporaries(directory);
    const { bavail, bsize } = await fs.statfs(directory);
    if (bavail * bsize < bytes * count) {
      throw new CheckpointError(
        `fileStore: ${directory} must have ${megabytes(bytes * count)} free for ${count} checkpoints, ` +
          `got ${megabytes(bavail * bsize)}; free some space or use another folder`,
        directory,
      );
    }
    await writeSynced(probe, new Uint8Array(Math.min(bytes, MAX_PROBE)));
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(
      `fileStore: ${directory} must be a folder that can be written to, got ${String(cause)}`,
      directory,
      { cause },
    );
  } finally {
    await fs.rm(probe, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes a file under a temporary name, has it put on the disk, and gives it its name: whole or not at all.
 *
 * @throws CheckpointError if it can't be written; what was there stays
 */
export async function writeAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const { fs, path } = await node();
  const temporary = `${file}.tmp`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await writeSynced(temporary, content);
    await fs.rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw new CheckpointError(
      `fileStore: ${file} must be writable, got ${String(cause)}; checkpoints before it are kept`,
      file,
      { cause },
    );
  }
}

async function writeSynced(file: string, content: Uint8Array | string): Promise<void> {
  const { fs } = await node();
  const handle = await fs.open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that a file's new name outlives a power cut. Not every system can: Windows opens no folders. */
async function syncFolder(directory: string): Promise<void> {
  const { fs } = await node();
  try {
    const handle = await fs.open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is on the disk.
  }
}

/** What a process left that was killed while it wrote. */
async function removeTemporaries(directory: string): Promise<void> {
  const { fs, path } = await node();
  for (const name of await fs.readdir(directory)) {
    if (/^checkpoint-.*\.tmp$/.test(name)) await fs.rm(path.join(directory, name));
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
