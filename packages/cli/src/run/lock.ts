import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '@immiscible/command-line';
import { shortPath } from './paths.js';
import { isAlive, type Place, place, startOf } from './process-identity.js';
import { isPartialOf, partialName, writeNew } from './write-whole.js';

/** Whoever writes to a run's folder. */
const holderSchema = z.object({
  owner: z.string(),
  host: z.string(),
  machine: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  pid: z.int().min(1),
  /** When that process began, by {@link startOf}. */
  start: z.string().exactOptional(),
  /** When it took the lock. */
  since: z.string(),
  token: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/** The right to write to a folder. */
export interface Lock {
  /** Gives it back; nothing happens the second time. */
  release(): void;
}

/**
 * Takes the right to write to a run's folder, for as long as the process lives.
 *
 * A lock of a process that isn't there any more is taken over: of this host, where no process has the number, or one that began at
 * another time. Of other hosts and containers nothing is known from here.
 *
 * @param file - where the lock is; its folder must be there
 * @throws UsageError if another process has it, with who that is and how to go on
 */
export function lock(file: string): Lock {
  const own = self();
  const text = `${JSON.stringify(own, null, 2)}\n`;
  if (!create(file, text)) {
    const found = read(file);
    const dead = found === undefined ? undefined : takeOver(file, found);
    if (!create(file, text)) throw inUse(file, read(file) ?? '');
    if (dead !== undefined) removePartials(dirname(file), dead);
  }
  const release = (): void => {
    process.off('exit', release);
    try {
      if (parse(read(file) ?? '')?.token === own.token) rmSync(file);
    } catch {
      // The folder may be gone, or its disk; whoever comes next sees that this process is.
    }
  };
  process.on('exit', release);
  return { release };
}

function self(): Holder {
  const start = startOf(process.pid);
  return {
    owner: owner(),
    ...place(),
    pid: process.pid,
    ...(start !== undefined && { start }),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
}

/** Makes the lock with its content at once. @returns whether there was none */
function create(file: string, text: string): boolean {
  const partial = partialName(file);
  try {
    writeNew(partial, text);
    linkSync(partial, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    return createPlainly(file, text);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Where file systems have no hard links. */
function createPlainly(file: string, text: string): boolean {
  try {
    writeNew(file, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock that nobody has any more.
 *
 * @returns the process that had it, if it was there still
 * @throws UsageError if somebody has it, or may have
 */
function takeOver(file: string, found: string): number | undefined {
  const holder = parse(found);
  if (holder === undefined || !isStale(holder)) throw inUse(file, found);
  // Of several that come at once, one may have taken it over already: what is moved away must be what was found.
  const away = partialName(file);
  try {
    renameSync(file, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const moved = read(away) ?? '';
  if (moved !== found) {
    createPlainly(file, moved);
    rmSync(away, { force: true });
    throw inUse(file, moved);
  }
  rmSync(away, { force: true });
  return holder.pid;
}

/** Removes what a process that is dead had begun to write in a run's folder. */
function removePartials(folder: string, pid: number): void {
  for (const name of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, name.name);
    if (isPartialOf(name.name, pid)) rmSync(path, { force: true });
    else if (name.isDirectory()) removePartials(path, pid);
  }
}

function isStale(holder: Holder): boolean {
  if (!isHere(holder)) return false;
  if (!isAlive(holder.pid)) return true;
  const start = startOf(holder.pid);
  return start !== undefined && holder.start !== undefined && start !== holder.start;
}

function isHere({ host, machine, namespace }: Place): boolean {
  const here = place();
  return here.host === host && here.machine === machine && here.namespace === namespace;
}

function inUse(file: string, found: string): UsageError {
  const holder = parse(found);
  const where = shortPath(file);
  if (holder === undefined) {
    return new UsageError(
      `the run's folder must be free, got ${where}, which doesn't say whose it is; if no process writes there, delete that file and try again`,
    );
  }
  const { owner: user, host, pid, since } = holder;
  return new UsageError(
    `the run's folder must be free, got one that process ${pid} of ${user} on ${host} has written to since ${since}; ` +
      (isHere(holder)
        ? 'wait for it, or stop it, and try again'
        : `whether it still runs can't be seen from here: if not, delete ${where} and try again`),
  );
}

function parse(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function owner(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
