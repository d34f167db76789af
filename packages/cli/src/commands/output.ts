import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { extname } from 'node:path';
import { UsageError } from '@immiscible/command-line';
import { type RunFolder, runFolder } from '../run/folder.js';
import { shortPath } from '../run/paths.js';
import { partialName, writeNew, writeWhole } from '../run/write-whole.js';

/** For commands that write files where there may be some. */
export const replaceFlag = {
  replace: { kind: 'boolean', about: 'overwrite what an earlier such command has written to --out' },
} as const;

interface Replacing {
  readonly replace: boolean;
}

/**
 * Where a file of samples goes.
 *
 * @throws UsageError for another kind of file, and for one that is there, unless it is to be replaced
 */
export function outputFile(path: string, extensions: readonly string[], { replace }: Replacing): string {
  if (!extensions.includes(extname(path).toLowerCase())) {
    throw new UsageError(`--out must be a file ending in ${extensions.join(' or ')}, got ${path}`);
  }
  if (existsSync(path) && !replace) {
    throw new UsageError(
      `--out must be a new file, got ${path}, which is there; choose another, or add --replace`,
    );
  }
  return path;
}

/** @throws UsageError if it can't be written */
export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    writeWhole(path, bytes);
  } catch (cause) {
    throw new UsageError(`--out: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Makes the folder that results go to, before they are computed.
 *
 * @param files - their names; the first says whether those that are there are results of such a command
 * @throws UsageError if it can't be written, or has other files of these names; or results, unless they are to be replaced
 */
export function outputFolder(
  path: string,
  files: readonly [string, ...string[]],
  { replace }: Replacing,
): RunFolder {
  const folder = runFolder(path);
  const taken = files.filter((name) => existsSync(folder.file(name)));
  const results = taken.includes(files[0]);
  if (taken.length > 0 && !(results && replace)) {
    throw new UsageError(
      `--out must be a folder without ${files.join(', ')}, got ${path}, which has ${taken.join(', ')}; choose another` +
        (results ? ', or add --replace to overwrite these results' : ''),
    );
  }
  try {
    mkdirSync(folder.path, { recursive: true });
    const probe = partialName(folder.file('probe'));
    writeNew(probe, '');
    rmSync(probe);
  } catch (cause) {
    throw new UsageError(
      `--out must be a folder that can be written, got ${shortPath(folder.path)}: ${(cause as Error).message}`,
      { cause },
    );
  }
  return folder;
}
