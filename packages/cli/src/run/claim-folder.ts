import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '@immiscible/command-line';
import { type RunFolder, runFolder } from './folder.js';
import { RUNS } from './latest.js';
import { type Lock, lock } from './lock.js';
import { shortPath } from './paths.js';
import { partialName, writeNew } from './write-whole.js';

/** A run's folder that this process alone writes to. */
export interface ClaimedFolder {
  readonly folder: RunFolder;
  /** Frees the room that is kept for a last report; nothing happens the second time. */
  freeReserve(): void;
  /** Gives the folder back; one that was made for a run that has not begun goes. */
  release(): void;
}

/** What a run writes. */
const OWN = [
  'config.json',
  'run.json',
  'summary.json',
  'report.html',
  'stats.jsonl',
  'samples',
  'checkpoints',
] as const;
/** Its folders. */
const INNER = ['samples', 'checkpoints'] as const;
const LOCK = 'run.lock';
/** Room for a report, where the disk fills up during a run. */
const RESERVE = '.reserve';
const RESERVED_BYTES = 2e6;

/**
 * Makes the folder of a new run and proves that its files will fit in it, before any work is done.
 *
 * @param bytesNeeded - about what the run will write
 * @throws UsageError if it holds anything that the run would overwrite, is in use, can't be written, or its disk is too full
 */
export function createRunFolder(path: string, bytesNeeded: number): ClaimedFolder {
  if (resolve(path) === resolve(RUNS, 'latest')) {
    throw new UsageError(`--out must be another name than ${path}, which is the link to the newest run`);
  }
  const folder = runFolder(path);
  // What of the folders above is made here goes too, if the run is refused.
  let made: string | undefined;
  try {
    made = mkdirSync(folder.path, { recursive: true });
  } catch (cause) {
    throw unwritable('a folder that can be made', path, cause);
  }
  return claim(folder, bytesNeeded, made, () => checkFree(folder, path));
}

/**
 * Opens the folder of an earlier run to go on with it.
 *
 * @throws UsageError if it holds no run, is in use or can't be written
 */
export function openRunFolder(path: string, bytesNeeded: number): ClaimedFolder {
  const folder = runFolder(path);
  if (!existsSync(folder.file('config.json'))) {
    throw new UsageError(`the run's folder must hold a config.json, got ${path}, which has none`);
  }
  return claim(folder, bytesNeeded, undefined, () => undefined);
}

function claim(
  folder: RunFolder,
  bytesNeeded: number,
  made: string | undefined,
  checkContent: () => void,
): ClaimedFolder {
  const had = new Set(INNER.filter((name) => existsSync(folder.file(name))));
  let held: Lock;
  try {
    held = lock(folder.file(LOCK));
  } catch (cause) {
    removeUnused(folder, made, had);
    if (cause instanceof UsageError) throw cause;
    throw unwritable('a folder that can be written', folder.path, cause);
  }
  const freeReserve = (): void => rmSync(folder.file(RESERVE), { force: true });
  const release = (): void => {
    process.off('exit', release);
    freeReserve();
    held.release();
    removeUnused(folder, made, had);
  };
  process.on('exit', release);
  try {
    checkContent();
    proveWritable(folder, bytesNeeded);
  } catch (error) {
    release();
    throw error;
  }
  return { folder, freeReserve, release };
}

function checkFree(folder: RunFolder, path: string): void {
  if (existsSync(folder.file('config.json'))) {
    throw new UsageError(
      `--out must be a new folder, got ${path}, which holds a run; continue it with --resume ${path}, or choose another`,
    );
  }
  const taken = OWN.filter((name) => holdsFiles(folder.file(name)));
  if (taken.length > 0) {
    throw new UsageError(
      `--out must be a new folder, got ${path}, which has ${taken.join(', ')} that the run would overwrite; choose another`,
    );
  }
}

/** Whether there is a file, or a folder with files somewhere in it. */
function holdsFiles(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return existsSync(path);
  return !found.isDirectory() || readdirSync(path).some((name) => holdsFiles(join(path, name)));
}

function proveWritable(folder: RunFolder, bytesNeeded: number): void {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  const { bavail, bsize } = statfsSync(folder.path);
  const free = bavail * bsize;
  if (free < bytesNeeded) {
    throw new UsageError(
      `--out must have ${megabytes(bytesNeeded)} free for checkpoints, got ${folder.path} with ${megabytes(free)}; ` +
        'choose another folder, or free some space',
    );
  }
  const reserve = folder.file(RESERVE);
  const probe = partialName(folder.file('probe'));
  try {
    // Quotas and read-only mounts show only when something is really written; random bytes take their room on any disk.
    writeNew(probe, new Uint8Array(Math.min(bytesNeeded, 1 << 20)));
    if (!existsSync(reserve)) writeNew(reserve, randomBytes(Math.min(bytesNeeded, RESERVED_BYTES)));
  } catch (cause) {
    throw unwritable('a folder that can be written', folder.path, cause);
  } finally {
    rmSync(probe, { force: true });
  }
}

function unwritable(what: string, path: string, cause: unknown): UsageError {
  return new UsageError(`--out must be ${what}, got ${shortPath(path)}: ${(cause as Error).message}`, {
    cause,
  });
}

/** Of a run that has not begun, the folders that were made for it; none with anything in it. */
function removeUnused(
  folder: RunFolder,
  made: string | undefined,
  had: ReadonlySet<(typeof INNER)[number]>,
): void {
  if (existsSync(folder.file('config.json'))) return;
  for (const name of INNER) {
    const inner = folder.file(name);
    if (had.has(name) || !existsSync(inner)) continue;
    for (const one of readdirSync(inner)) removeIfEmpty(join(inner, one));
    removeIfEmpty(inner);
  }
  if (made === undefined) return;
  for (let path = folder.path; removeIfEmpty(path) && path !== made; path = dirname(path));
}

function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
