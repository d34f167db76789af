import { checkOptions, type OptionKeys } from '@immiscible/core';
import { decodeText } from '@immiscible/formats';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byCodeUnits, filesOnDisk, type ImageFiles, isPicture } from './image-files.js';

/** @see {@link tinyImageNet} */
export interface TinyImageNetOptions {
  /** The unpacked `tiny-imagenet-200/`, with `wnids.txt`, `train/` and `val/`. */
  readonly path: string;
  /** @defaultValue `'train'` */
  readonly split?: 'train' | 'val';
}

const KEYS = { path: true, split: true } satisfies OptionKeys<TinyImageNetOptions>;

/**
 * Tiny-ImageNet: 200 classes of 64×64 pictures, 500 each for training and 50 for validation. Classes are the WordNet
 * numbers, sorted, so that both splits count them alike.
 *
 * Some pictures are gray: load them with `convert: true`.
 *
 * @param options - where the files lie, and which split
 * @throws RangeError if `val_annotations.txt` has a line that is not understood or a class that isn't in `wnids.txt`
 * @throws Error if a file or folder is missing
 */
export async function tinyImageNet(options: TinyImageNetOptions): Promise<ImageFiles> {
  const fn = 'tinyImageNet';
  checkOptions(fn, options, KEYS);
  const { path, split = 'train' } = options;
  if (split !== 'train' && split !== 'val')
    throw new RangeError(`${fn}: split must be "train" or "val", got "${String(split)}"`);
  const missing = (what: string) => (cause: unknown) => {
    throw new Error(
      `${fn}: path must be the unpacked tiny-imagenet-200/, got ${path} without ${what}; ` +
        'it is tiny-imagenet-200.zip (SHA-256 6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821)',
      { cause },
    );
  };
  const text = async (file: string): Promise<string> =>
    decodeText(await readFile(join(path, file)).catch(missing(file)), join(path, file));
  const classNames = (await text('wnids.txt'))
    .split(/\s+/)
    .filter((name) => name !== '')
    .sort(byCodeUnits);
  const index = new Map(classNames.map((name, i) => [name, i]));
  const items: { path: string; label: number }[] = [];
  const skipped: string[] = [];
  if (split === 'train') {
    for (const [label, name] of classNames.entries()) {
      const folder = join(path, 'train', name, 'images');
      const files = await readdir(folder).catch(missing(`train/${name}/images`));
      for (const file of files.sort(byCodeUnits)) {
        if (isPicture(file)) items.push({ path: join(folder, file), label });
        else skipped.push(join('train', name, 'images', file));
      }
    }
  } else {
    const lines = (await text('val/val_annotations.txt')).split(/\r?\n/);
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const [file = '', name = ''] = line.split('\t');
      const label = index.get(name);
      if (label === undefined || !/^[\w-]+\.jpe?g$/i.test(file)) {
        throw new RangeError(
          `${fn}: val_annotations.txt of ${path} must hold a picture and a class of wnids.txt a line, got ${JSON.stringify(line.slice(0, 60))}`,
        );
      }
      items.push({ path: join(path, 'val', 'images', file), label });
    }
  }
  if (items.length === 0) throw new RangeError(`${fn}: ${path} must hold pictures (${split}), got none`);
  return filesOnDisk(
    split === 'train' ? 'tiny-imagenet' : 'tiny-imagenet-val',
    items.map((item) => item.path),
    {
      labels: Int32Array.from(items, (item) => item.label),
      classNames,
      ...(skipped.length > 0 && { skipped }),
    },
  );
}
