import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

function holds(content: string): boolean {
  const [host, pid] = content.trim().split(' ');
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes away what processes that are gone left beside the lock. */
async function sweep(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(dirname(path), name);
    const owner = await readFile(file, 'utf8').catch(() => '');
    if (owner !== '' && !holds(owner)) await rm(file, { force: true });
  }
}

/**
 * Runs `body` while this process holds the lock file, and waits for it if another one does. A lock left behind by a
 * process that is gone is taken over.
 *
 * @param onWait - called once if there is a wait
 */
export async function withLock<T>(path: string, body: () => Promise<T>, onWait?: () => void): Promise<T> {
  // A hard link appears at once with its content, so nobody reads a lock that is half written.
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, `${hostname()} ${process.pid}\n`);
  try {
    for (let waited = false; ;) {
      try {
        await link(mine, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = await readFile(path, 'utf8').catch(() => '');
      if (owner !== '' && !holds(owner)) {
        // Renaming takes away whatever lies there now: put it back if that is no longer the one that was read.
        const stale = `${mine}.stale`;
        await rename(path, stale).catch(() => undefined);
        const taken = await readFile(stale, 'utf8').catch(() => owner);
        if (taken !== owner) await link(stale, path).catch(() => undefined);
        await rm(stale, { force: true });
        await sweep(path);
        continue;
      }
      if (!waited) onWait?.();
      waited = true;
      await sleep(200);
    }
    try {
      return await body();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}
