import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { liesIn, shortPath } from './paths.js';
import { UsageError } from '@immiscible/command-line';
import { appendLine, writeWhole } from './write-whole.js';

/** A run's folder on disk. What comes from elsewhere may have links in it: none is followed out of it. */
export interface RunFolder {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of a file in it. */
  file(...parts: string[]): string;
  /** Writes a file whole or not at all. @throws WriteError if it can't be written */
  write(name: string, content: string | Uint8Array): void;
  /** @throws WriteError if it can't be written */
  append(name: string, line: string): void;
  /** Reads a file, or undefined if it isn't there. @throws UsageError for what isn't a file in the folder */
  read(name: string): Buffer | undefined;
  /** What a browser opens. */
  url(name: string): string;
}

/** The folder as an object; nothing is made or checked. */
export function runFolder(path: string): RunFolder {
  const absolute = resolve(path);
  const file = (...parts: string[]): string => join(absolute, ...parts);
  const own = (name: string): string => {
    const target = file(name);
    if (liesIn(absolute, target)) return target;
    throw new UsageError(
      `${shortPath(target)} must lie in the run's folder, got a link out of it; put the file itself there`,
    );
  };
  return {
    path: absolute,
    file,
    write: (name, content) => writeWhole(own(name), content),
    append: (name, line) => appendLine(own(name), line),
    read(name) {
      if (!existsSync(file(name))) return undefined;
      const target = own(name);
      if (lstatSync(target).isFile()) return readFileSync(target);
      throw new UsageError(`${shortPath(target)} must be a file, got something else of that name`);
    },
    url: (name) => pathToFileURL(file(name)).href,
  };
}

/** `<config>-seed<seed>-<timestamp>`. */
export function folderName(config: string, seed: number, now: Date): string {
  return `${config}-seed${seed}-${stamp(now)}`;
}

/** `2026-11-22-123456`: sorts by time. */
export function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
}
