import { realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

/** As short as it can be said from here. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}

/** The path without links, as far as it exists. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(realPath(parent), relative(parent, path));
  }
}

/** Whether a path, its links followed, lies in a folder. */
export function liesIn(folder: string, path: string): boolean {
  return realPath(path).startsWith(`${realPath(folder)}${sep}`);
}
