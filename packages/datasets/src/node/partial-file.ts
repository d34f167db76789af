import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Where a download is written until it is whole. */
export interface PartialFile {
  readonly path: string;
  readonly file: FileHandle;
  /** Closes it; what can't be gone on with later is removed. */
  release(): Promise<void>;
}

/**
 * Opens `PATH.part`, which keeps what an earlier download left; where another one is at it, a file of its own, so that
 * neither disturbs the other. It is a regular file with one name: no link is followed, and nothing else is
 * written to.
 *
 * @throws Error if something else has the name, or the folder can't be written to
 */
export async function openPartial(fn: string, path: string): Promise<PartialFile> {
  const shared = `${path}.part`;
  const lock = `${shared}.lock`;
  if (!(await takeLock(lock))) {
    const own = `${path}.${randomUUID()}.part`;
    const file = await open(own, 'wx+');
    const release = async (): Promise<void> => {
      await file.close();
      await rm(own, { force: true });
    };
    return { path: own, file, release };
  }
  let file: FileHandle | undefined;
  try {
    // Windows has no such flag, and asks for rights to make links.
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    file = await open(shared, flags, 0o644).catch((cause: unknown) => {
      throw new Error(
        `${fn}: ${shared} must be a file that can be written to, got ${(cause as Error).message}; remove it`,
        { cause },
      );
    });
    const found = await file.stat();
    if (!found.isFile() || found.nlink !== 1) {
      throw new Error(
        `${fn}: ${shared} must be a file with one name, got a link or something else; remove it`,
      );
    }
  } catch (error) {
    await file?.close();
    await rm(lock, { force: true });
    throw error;
  }
  const opened = file;
  const release = async (): Promise<void> => {
    await opened.close();
    await rm(lock, { force: true });
  };
  return { path: shared, file: opened, release };
}

/** Whether the lock is this process's now. One whose process has ended on this machine is taken over. */
async function takeLock(lock: string): Promise<boolean> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let attempt = 0; attempt < 2; attempt++) {
    const file = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return undefined;
    });
    if (file !== undefined) {
      await file.writeFile(mine);
      await file.close();
      return true;
    }
    if (!(await isStale(lock))) return false;
    await rm(lock, { force: true });
  }
  return false;
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(lock, 'utf8')) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
