import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { elfDamage } from './elf.js';
import { fileDamage, type FileRecord, firstDamage, recordFile } from './file-record.js';
import { isRecorded, librariesDamage } from './libraries.js';
import { addonPath, quietPath } from './packages.js';

/** Lies beside an addon that this package put in place, and says what it is. */
export interface Marker {
  /** Version of libtensorflow. */
  readonly tensorflow: string;
  readonly variant: 'cpu' | 'gpu';
  /** Path of the addon. */
  readonly addon: string;
  /** Folder with the libraries that the addon loads. */
  readonly libraries: string;
  /** The addons, as they were put there. */
  readonly files: readonly FileRecord[];
}

/** Where the marker of an addon lies. */
export const markerPath = (addon: string): string => join(dirname(addon), 'immiscible.json');

/** What this package put in place, whole or not; `undefined` if it put nothing there. */
export function readMarker(addon: string): Marker | undefined {
  try {
    const marker = JSON.parse(readFileSync(markerPath(addon), 'utf8')) as Partial<Marker>;
    const { tensorflow, variant, libraries, files = [] } = marker;
    if (tensorflow === undefined || variant === undefined || libraries === undefined) return undefined;
    return { tensorflow, variant, addon, libraries, files };
  } catch {
    return undefined;
  }
}

/** Writes down what was put in place in a package's folder. */
export async function writeMarker(folder: string, marker: Omit<Marker, 'files' | 'addon'>): Promise<void> {
  const addon = addonPath(folder);
  const names = [addon, quietPath(folder)].filter((path) => existsSync(path)).map((path) => basename(path));
  const files = names.map((name) => recordFile(dirname(addon), name));
  await writeFile(markerPath(addon), `${JSON.stringify({ ...marker, addon, files }, null, 2)}\n`);
}

/** Whether it is known what every file of the engine must be. */
export const isKnown = ({ files, libraries }: Marker): boolean => files.length > 0 && isRecorded(libraries);

/**
 * What is wrong with an engine that is in place: the addons by content, the libraries as `how` says; those that another
 * build brought by their own headers.
 *
 * @param folder - the tfjs-node package's
 */
export function engineDamage(folder: string, how: 'stamp' | 'hash'): string | undefined {
  const addon = addonPath(folder);
  const marker = readMarker(addon);
  if (marker) {
    return (
      firstDamage(marker.files, (file) => fileDamage(dirname(addon), file, 'hash')) ??
      elfDamage(addon) ??
      librariesDamage(marker.libraries, how)
    );
  }
  // tfjs-node's own installer puts libtensorflow here.
  const stock = join(folder, 'deps', 'lib');
  const libraries = existsSync(stock) ? readdirSync(stock).filter((name) => name.includes('.so')) : [];
  return firstDamage([addon, ...libraries.map((name) => join(stock, name))], (path) => elfDamage(path));
}
