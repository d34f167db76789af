import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byCodeUnits, isHidden } from './image-files.js';

/** What lies in a folder, by paths relative to it, sorted. */
export interface FolderContent {
  readonly files: readonly string[];
  /** The first level of folders. */
  readonly folders: readonly string[];
  /** Hidden folders (`NAME/`), which are not gone into, and links that lead nowhere or back. */
  readonly skipped: readonly string[];
}

/**
 * All files in a folder, to any depth. Links are followed, to folders too; one that leads back to a folder that it
 * lies in is not.
 *
 * @throws Error if a folder can't be read
 */
export async function walkFolder(path: string): Promise<FolderContent> {
  const files: string[] = [];
  const folders: string[] = [];
  const skipped: string[] = [];
  const walk = async (below: string, above: readonly string[]): Promise<void> => {
    const here = join(path, below);
    const real = await realpath(here);
    if (above.includes(real)) {
      skipped.push(`${below}/`);
      return;
    }
    const inside: string[] = [];
    for (const entry of await readdir(here, { withFileTypes: true })) {
      const name = join(below, entry.name);
      const kind = entry.isSymbolicLink() ? await stat(join(path, name)).catch(() => undefined) : entry;
      if (kind?.isDirectory()) {
        if (isHidden(entry.name)) skipped.push(`${name}/`);
        else inside.push(name);
      } else if (kind?.isFile()) files.push(name);
      else skipped.push(name);
    }
    if (below === '') folders.push(...inside);
    for (const folder of inside) await walk(folder, [...above, real]);
  };
  await walk('', []);
  return {
    files: files.sort(byCodeUnits),
    folders: folders.sort(byCodeUnits),
    skipped: skipped.sort(byCodeUnits),
  };
}
