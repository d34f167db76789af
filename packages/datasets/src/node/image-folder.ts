import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { classesByFolder } from './class-folders.js';
import { datasetJsonLabels } from './dataset-json.js';
import { filesOnDisk, type ImageFiles, isPicture } from './image-files.js';
import { walkFolder } from './walk-folder.js';

/** @see {@link imageFolder} */
export interface ImageFolderOptions {
  /**
   * Take the first level of folders as classes, sorted by name, as ImageNet's and torchvision's folders are. Pictures
   * that lie outside of all folders are then an error, as is a folder without pictures.
   * @defaultValue true if there are folders with pictures and no picture lies outside of them, and no `dataset.json`
   */
  readonly classes?: boolean;
  /** @defaultValue the folder's name */
  readonly name?: string;
}

export const IMAGE_FOLDER_OPTIONS: OptionKeys<ImageFolderOptions> = { classes: true, name: true };

/**
 * Pictures in a folder and its sub-folders, to any depth, sorted by path. Links are followed; hidden folders
 * (`.ipynb_checkpoints`, `__MACOSX`, `@eaDir`, …) are no data. Where EDM's or StyleGAN's `dataset.json` lies in it, labels come from
 * there, as from their zips.
 *
 * @param path - the folder
 * @param options - what its classes are
 * @throws RangeError if there is no picture, if one is in no class folder though classes are asked for, if a class
 *   folder has none, or if `dataset.json` doesn't fit
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFiles> {
  const fn = 'imageFolder';
  checkOptions(fn, options, IMAGE_FOLDER_OPTIONS);
  const { name = basename(resolve(path)) } = options;
  const { files, folders, skipped } = await walkFolder(path).catch((cause: unknown) => {
    throw new Error(`${fn}: path must be a folder, got ${path}, which can't be read`, { cause });
  });
  const names = files.filter(isPicture);
  const json = options.classes === undefined && names.length > 0 && files.includes('dataset.json');
  const others = files.filter((file) => !isPicture(file) && !(json && file === 'dataset.json'));
  const rest = [...skipped, ...others];
  let classes;
  if (json) {
    const file = join(path, 'dataset.json');
    checkBytes(fn, file, (await stat(file)).size, 2 ** 30);
    const labels = datasetJsonLabels(
      fn,
      path,
      await readFile(file),
      names.map((each) => each.split(sep).join('/')),
    );
    classes = labels && { labels };
  } else classes = classesByFolder(fn, path, names, folders, options.classes);
  return filesOnDisk(
    name,
    names.map((file) => join(path, file)),
    { ...classes, ...(rest.length > 0 && { skipped: rest }) },
  );
}
