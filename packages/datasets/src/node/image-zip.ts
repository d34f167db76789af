import { checkOptions } from '@immiscible/core';
import { openZip } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import { basename } from 'node:path';
import { classesByFolder } from './class-folders.js';
import { datasetJsonLabels } from './dataset-json.js';
import { IMAGE_FOLDER_OPTIONS, type ImageFolderOptions } from './image-folder.js';
import { byCodeUnits, type ImageFiles, isPicture } from './image-files.js';

/**
 * Pictures in a zip, sorted by name, as `imageFolder` reads folders: labels from EDM's and StyleGAN's `dataset.json`, if there is one, else
 * classes by folder.
 *
 * @param path - the archive
 * @param options - what its classes are
 * @throws RangeError if the zip is damaged, holds no pictures, or its labels don't fit them
 */
export async function imageZip(path: string, options: ImageFolderOptions = {}): Promise<ImageFiles> {
  const fn = 'imageZip';
  checkOptions(fn, options, IMAGE_FOLDER_OPTIONS);
  const zip = await openZip(await openFile(path), { maximumBytes: 2 ** 28 });
  try {
    const names = zip.names.filter(isPicture).sort(byCodeUnits);
    const json = options.classes === undefined && names.length > 0 && zip.names.includes('dataset.json');
    const skipped = zip.names.filter((name) => !isPicture(name) && !(json && name === 'dataset.json'));
    let classes;
    if (json) {
      const labels = datasetJsonLabels(fn, path, await zip.read('dataset.json'), names);
      classes = labels && { labels };
    } else classes = classesByFolder(fn, path, names, [], options.classes);
    return {
      name: options.name ?? basename(path).replace(/\.zip$/, ''),
      paths: names.map((name) => `${path}: ${name}`),
      onDisk: false,
      allowsFlip: true,
      ...classes,
      ...(skipped.length > 0 && { skipped: skipped.sort(byCodeUnits) }),
      read: (index) => zip.read(names[index] as string),
      close: () => zip.close(),
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}
