import { ArgumentError } from '@immiscible/core';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { cacheFolder } from '@immiscible/core/node';
import { join } from 'node:path';

/** Where statistics that have a name lie: `statistics/` in the cache folder of all packages. */
export function statsFolder(): string {
  return join(cacheFolder(), 'statistics');
}

/**
 * The file that `stats:NAME` stands for; any other path is itself.
 *
 * @param write - whether it is to be written: then it need not be there, but its folder will be
 * @throws RangeError if there are no statistics of that name, saying which there are
 */
export async function statsPath(path: string, write = false): Promise<string> {
  if (!path.startsWith('stats:')) return path;
  const name = path.slice('stats:'.length);
  if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
    throw new RangeError(
      `fid: a name after stats: must be of letters, digits, ".", "-" and "_", got ${JSON.stringify(name)}`,
    );
  }
  const folder = statsFolder();
  const file = join(folder, `${name}.npz`);
  if (write) await mkdir(folder, { recursive: true });
  else if (!existsSync(file)) {
    const there = (await readdir(folder).catch(() => []))
      .filter((one) => one.endsWith('.npz'))
      .map((one) => one.slice(0, -4));
    throw new ArgumentError({
      fn: 'fid',
      argument: path,
      constraint: `one of ${there.join(', ') || 'none yet'} in ${folder}`,
      got: 'no such name',
      fix: ['make it of images by ', { option: 'saveStats', value: true }],
    });
  }
  return file;
}
