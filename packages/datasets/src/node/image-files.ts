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
  /** The bytes of picture i. Pictures are asked for in order. */
  read(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Image files that are single files on disk. */
export function filesOnDisk(
  name: string,
  paths: readonly string[],
  rest: { readonly labels?: Int32Array; readonly classNames?: readonly string[] } = {},
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

/** Whether a file's name says that it is a picture. */
export function isPicture(name: string): boolean {
  return /\.(png|jpe?g|webp|gif|tiff?|avif)$/i.test(name) && !/(^|\/)(\._|__MACOSX\/)/.test(name);
}

/** Class names in order, and the class of each item. */
export function classesOf(names: readonly string[]): { labels: Int32Array; classNames: readonly string[] } {
  const classNames = [...new Set(names)].sort(byCodeUnits);
  const index = new Map(classNames.map((name, i) => [name, i]));
  return { labels: Int32Array.from(names, (name) => index.get(name) as number), classNames };
}

/** An order that doesn't depend on the machine's language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
