import { readFile } from 'node:fs/promises';

/** Encoded pictures with their labels, wherever they lie: a folder, a zip, a parquet file. */
export interface ImageFiles {
  readonly name: string;
  /** What to call each picture in error messages; its path, where `onDisk`. */
  readonly paths: readonly string[];
  /** Whether `paths` are files that a worker can read by itself. */
  readonly onDisk: boolean;
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  /** Whether an image mirrored left to right could be one of this data set too. */
  readonly allowsFlip: boolean;
  /** Files that lie there too and are left out, because they are no pictures or hidden; folders end in `/`. */
  readonly skipped?: readonly string[];
  /** The bytes of picture i. Pictures are asked for in order. */
  read(index: number): Promise<Uint8Array>;
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

/** Folders that systems and programs put beside pictures, for copies of their own. */
const SYSTEM_FOLDERS = ['__MACOSX', '@eaDir', '$RECYCLE.BIN', 'System Volume Information', 'lost+found'];

/** Whether a path leads through a hidden folder, or to a hidden file: never data, whatever its name ends in. */
export function isHidden(path: string): boolean {
  return path
    .split(/[\\/]/)
    .some((part) => (part.startsWith('.') && part !== '.' && part !== '..') || SYSTEM_FOLDERS.includes(part));
}

/** What is said of files that are left out: `8,123 pictures, 3 other files skipped: a.txt, b.csv, c.json`. */
export function skippedText(count: number, skipped: readonly string[]): string {
  const few = skipped.slice(0, 5).join(', ') + (skipped.length > 5 ? ', …' : '');
  const files = skipped.length === 1 ? 'other file' : 'other files';
  return `${count.toLocaleString('en')} pictures, ${skipped.length.toLocaleString('en')} ${files} skipped: ${few}`;
}

/** An order that doesn't depend on the machine's language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
