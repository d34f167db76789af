import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../usage-error.js';

/** A run's folder on disk. */
export interface RunFolder {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of a file in it. */
  file(...parts: string[]): string;
  /** Writes a file whole or not at all: first beside it, then renamed. */
  write(name: string, content: string | Uint8Array): void;
  /** Reads a file, or undefined if it isn't there. */
  read(name: string): Buffer | undefined;
  /** What a browser opens. */
  url(name: string): string;
}

const PROBE = '.write-test';

/** `runs/<config>-seed<seed>-<timestamp>` in the current folder. */
export function defaultFolder(config: string, seed: number, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  return join('runs', `${config}-seed${seed}-${stamp}`);
}

/**
 * Makes the folder and proves that the run's files will fit in it, before any work is done.
 *
 * @param bytesNeeded - about what the run will write
 * @throws UsageError if it holds another run, can't be written, or its disk is too full
 */
export function createRunFolder(path: string, bytesNeeded: number): RunFolder {
  const folder = runFolder(path);
  try {
    mkdirSync(folder.path, { recursive: true });
  } catch (cause) {
    throw new UsageError(
      `--out must be a folder that can be made, got ${path}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  if (existsSync(folder.file('config.json'))) {
    throw new UsageError(
      `--out must be a new folder, got ${path}, which holds a run; continue it with --resume ${path}, or choose another`,
    );
  }
  proveWritable(folder, bytesNeeded);
  return folder;
}

/**
 * Opens the folder of an earlier run to go on with it.
 *
 * @throws UsageError if it holds no run or can't be written
 */
export function openRunFolder(path: string, bytesNeeded: number): RunFolder {
  const folder = runFolder(path);
  if (!existsSync(folder.file('config.json'))) {
    throw new UsageError(`the run's folder must hold a config.json, got ${path}, which has none`);
  }
  proveWritable(folder, bytesNeeded);
  return folder;
}

/** The folder as an object; nothing is made or checked. */
export function runFolder(path: string): RunFolder {
  const absolute = resolve(path);
  const file = (...parts: string[]): string => join(absolute, ...parts);
  return {
    path: absolute,
    file,
    write(name, content) {
      const target = file(name);
      mkdirSync(dirname(target), { recursive: true });
      const partial = `${target}.partial`;
      writeFileSync(partial, content);
      renameSync(partial, target);
    },
    read: (name) => (existsSync(file(name)) ? readFileSync(file(name)) : undefined),
    url: (name) => pathToFileURL(file(name)).href,
  };
}

function proveWritable(folder: RunFolder, bytesNeeded: number): void {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  const { bavail, bsize } = statfsSync(folder.path);
  const free = bavail * bsize;
  if (free < bytesNeeded) {
    throw new UsageError(
      `--out must have ${megabytes(bytesNeeded)} free for checkpoints, got ${folder.path} with ${megabytes(free)}; ` +
        'choose another folder',
    );
  }
  try {
    // Quotas and read-only mounts show only when something is really written.
    writeFileSync(folder.file(PROBE), new Uint8Array(Math.min(bytesNeeded, 1 << 20)));
  } catch (cause) {
    throw new UsageError(
      `--out must be a folder that can be written, got ${folder.path}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    rmSync(folder.file(PROBE), { force: true });
  }
}

/** Points `latest` beside the folder at it, where the file system has links. */
export function pointLatest(folder: RunFolder): void {
  const link = join(dirname(folder.path), 'latest');
  try {
    rmSync(link, { force: true });
    symlinkSync(basename(folder.path), link);
  } catch {
    // A convenience only; the path is printed too.
  }
}

/** The newest run below `runs/` that can be gone on with, for `--resume latest`. */
export function latestRun(root = 'runs'): string {
  const link = join(root, 'latest');
  if (existsSync(join(link, 'config.json'))) return link;
  const runs = existsSync(root)
    ? readdirSync(root).filter((name) => existsSync(join(root, name, 'config.json')))
    : [];
  const newest = runs.sort().at(-1);
  if (newest === undefined)
    throw new UsageError(`latest must be a run in ${root}/, got none there; name its folder`);
  return join(root, newest);
}

/** As short as it can be said from here. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}
