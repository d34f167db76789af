import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '@immiscible/command-line';
import { realPath, shortPath } from './paths.js';

/** Where runs go unless it is said otherwise. */
export const RUNS = 'runs';
const LATEST = 'latest';

/**
 * Points `runs/latest` at a run that is in `runs/`, where the file system has links. Runs elsewhere have none: what is called
 * `latest` there isn't ours, and neither is what isn't a link to a run here.
 *
 * @returns what stands in the way, if anything does
 */
export function pointLatest(path: string, root: string = RUNS): string | undefined {
  if (realPath(dirname(path)) !== realPath(root)) return undefined;
  const link = join(root, LATEST);
  if (!isOurs(link)) {
    return `${shortPath(resolve(link))} is no link to a run and is left as it is; this run is ${shortPath(path)}`;
  }
  const fresh = join(root, `.${LATEST}-${process.pid}`);
  try {
    symlinkSync(basename(path), fresh);
    renameSync(fresh, link);
  } catch {
    // A convenience only; the path is printed too.
    rmSync(fresh, { force: true });
  }
  return undefined;
}

/** Whether there is nothing, or a link as it is made here: to a run beside it, or to one that is gone. */
function isOurs(link: string): boolean {
  let target: string;
  try {
    target = readlinkSync(link);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  const run = join(dirname(link), target);
  return target === basename(target) && (target === LATEST || !existsSync(run) || isRun(run));
}

/**
 * The newest run below `runs/`, for `--resume latest` and commands on a run: where the link points, else by the time of its config.
 *
 * @param note - told if it isn't the link that says so
 * @returns the run's own folder, never the link
 * @throws UsageError if there is none
 */
export function latestRun(note: (text: string) => void, root: string = RUNS): string {
  const link = join(root, LATEST);
  if (isRun(link)) return linked(link);
  const runs = (existsSync(root) ? readdirSync(root) : [])
    .filter((name) => name !== LATEST && isRun(join(root, name)))
    .map((name) => ({ name, time: statSync(join(root, name, 'config.json')).mtimeMs }))
    .sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  const newest = runs.at(-1);
  if (newest === undefined) {
    throw new UsageError(`latest must be a run in ${root}/, got none there; name its folder`);
  }
  const path = join(root, newest.name);
  note(`${link} points at no run; the newest by its time is ${path}`);
  return path;
}

/** The folder that `latest` stands for; other paths as they are. */
export function linked(path: string): string {
  return basename(resolve(path)) === LATEST ? realPath(path) : path;
}

function isRun(path: string): boolean {
  return existsSync(join(path, 'config.json'));
}
