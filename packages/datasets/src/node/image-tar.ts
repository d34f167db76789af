import { checkOptions, type OptionKeys } from '@immiscible/core';
import { readTar } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import { basename, posix } from 'node:path';
import { classesByFolder } from './class-folders.js';
import { datasetJsonLabels } from './dataset-json.js';
import type { ImageFolderOptions } from './image-folder.js';
import { byCodeUnits, type ImageFiles, isPicture } from './image-files.js';

/** @see {@link imageTar} */
export interface ImageTarOptions extends ImageFolderOptions {
  /**
   * Take only what lies in this folder of the archive, which is named with a `/` at its end.
   * @defaultValue all
   */
  readonly within?: string;
}

const KEYS = { classes: true, name: true, within: true } satisfies OptionKeys<ImageTarOptions>;

/**
 * Pictures in a `.tar` or `.tar.gz`, as `imageFolder` reads folders; links to files inside have their content. The encoded pictures are kept
 * in memory.
 *
 * @param path - the archive, gzipped or not
 * @param options - what its classes are, and which folder of it to read
 * @throws RangeError if the archive is damaged or holds no pictures
 */
export async function imageTar(path: string, options: ImageTarOptions = {}): Promise<ImageFiles> {
  const fn = 'imageTar';
  checkOptions(fn, options, KEYS);
  const { name = basename(path).replace(/\.(tar(\.gz)?|tgz)$/, ''), within = '' } = options;
  const contents = new Map<string, Uint8Array>();
  const skipped: string[] = [];
  const wanted = (file: string): boolean => {
    const inside = posix.normalize(file);
    if (!inside.startsWith(within)) return false;
    const taken = isPicture(inside) || inside === `${within}dataset.json`;
    if (!taken) skipped.push(inside);
    return taken;
  };
  const onSkipped = (file: { readonly name: string }): void => void skipped.push(posix.normalize(file.name));
  for await (const file of readTar(await openFile(path), { wanted, onSkipped, maximumBytes: 2 ** 28 })) {
    contents.set(posix.normalize(file.name), file.bytes);
  }
  const json = contents.get(`${within}dataset.json`);
  const paths = [...contents.keys()].filter((file) => isPicture(file)).sort(byCodeUnits);
  const names = paths.map((file) => file.slice(within.length));
  let classes;
  if (json !== undefined && names.length > 0 && options.classes === undefined) {
    const labels = datasetJsonLabels(fn, path, json, names);
    classes = labels && { labels };
  } else {
    if (json !== undefined) skipped.push(`${within}dataset.json`);
    classes = classesByFolder(fn, path, names, [], options.classes);
  }
  return {
    name,
    paths: paths.map((file) => `${path}: ${file}`),
    onDisk: false,
    allowsFlip: true,
    ...classes,
    ...(skipped.length > 0 && { skipped: skipped.sort(byCodeUnits) }),
    read: async (index) => contents.get(paths[index] as string) as Uint8Array,
    close: async () => {},
  };
}
