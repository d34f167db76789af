import { isSystemFile } from '@immiscible/formats';
import { readFile } from 'node:fs/promises';

/** Encoded pictures with their labels, wherever they lie: a folder, a zip, a parquet file. */
export interface ImageFiles {
  /** Short and stable, for reports. */
  readonly name: string;
  /** What to call each picture in error messages; its path, where `onDisk`. */
  readonly paths: readonly string[];
  /** Whether `paths` are files that a worker can read by itself. */
  readonly onDisk: boolean;
  /** One class index per picture; −1 for one that has no class. */
  readonly labels?: Int32Array;
  /** What each class index means. */
  readonly classNames?: readonly string[];
  /** Whether an image mirrored left to right could be one of this data set too. */
  readonly allowsFlip: boolean;
  /** Files that lie there too and are left out, because they are no pictures or hidden; folders end in `/`. */
  readonly skipped?: readonly string[];
  /** The bytes of picture i. Pictures are asked for in order. */
  read(index: number): Promise<Uint8Array>;
  /** Closes what is open of it; no picture can be read after that. */
  close(): Promise<void>;
}

/** Image files that are single files on disk. */
export function filesOnDisk(
  name: string,
  paths: readonly string[],
  rest: {
    readonly labels?: Int32Array;
    readonly classNames?: readonly string[];
    readonly skipped?: readonly string[];
  } = {},
): ImageFiles {
  return {
    name,
    paths,
    onDisk: true,
    allowsFlip: true,
    ...rest,
    read: async (index) => new Uint8Array(await readFile(paths[index] as string)),
    close: async () => {},
  };
}

/** Whether a file's path says that it is a picture, and one of the data set. */
export function isPicture(path: string): boolean {
  return /\.(png|jpe?g|jpe|jfif|gif|bmp|dib|p[bgpn]m|webp|tiff?|avif)$/i.test(path) && !isHidden(path);
}

/**
 * Whether a path leads through a hidden folder or to a hidden file (a dot in front), or to what systems and tools leave
 * beside pictures: never data, whatever its name ends in.
 */
export function isHidden(path: string): boolean {
  const isDotted = (part: string): boolean => part.startsWith('.') && part !== '.' && part !== '..';
  return isSystemFile(path) || path.split(/[\\/]/).some(isDotted);
}

/**
 * What is said of files that are left out: `8,123 pictures, 3 other files skipped: a.txt, b.csv, c.json`.
 *
 * @param count - pictures that are taken
 * @param skipped - names of the other files
 */
export function skippedText(count: number, skipped: readonly string[]): string {
  const few = skipped.slice(0, 5).join(', ') + (skipped.length > 5 ? ', …' : '');
  const files = skipped.length === 1 ? 'other file' : 'other files';
  return `${count.toLocaleString('en')} pictures, ${skipped.length.toLocaleString('en')} ${files} skipped: ${few}`;
}

/** An order that doesn't depend on the machine's language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
