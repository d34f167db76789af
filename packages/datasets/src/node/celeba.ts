import { checkOptions, type OptionKeys } from '@immiscible/core';
import { decodeCsv, decodeText } from '@immiscible/formats';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CropBox } from './fit-picture.js';
import { filesOnDisk, type ImageFiles } from './image-files.js';

/**
 * The parts of CelebA's aligned 178×218 pictures that the recipes train on, before they are made smaller.
 * `ddim`: 128×128 about (89, 121), of Song et al.'s DDIM code. `ddpmTorch`: 148×148 from 40 down and 15 in.
 * `square`: all of the width, 178×178 in the middle.
 */
export const CELEBA_CROPS: {
  readonly ddim: CropBox;
  readonly ddpmTorch: CropBox;
  readonly square: CropBox;
} = Object.freeze({
  ddim: { left: 25, top: 57, width: 128, height: 128 },
  ddpmTorch: { left: 15, top: 40, width: 148, height: 148 },
  square: { left: 0, top: 20, width: 178, height: 178 },
});

const splits = { train: '0', valid: '1', test: '2' } as const;

/** @see {@link celebA} */
export interface CelebAOptions {
  /**
   * Holds `img_align_celeba/` with the JPEGs (or once more in a folder of that name, as Kaggle has them), and `list_eval_partition.txt` (or `.csv`) or
   * that in `Eval/`.
   */
  readonly path: string;
  /** @defaultValue `'train'` */
  readonly split?: 'train' | 'valid' | 'test' | 'all';
}

const KEYS = { path: true, split: true } satisfies OptionKeys<CelebAOptions>;

/**
 * CelebA's aligned pictures, split by its partition file: 162,770 for training, 19,867, 19,962. No labels.
 *
 * @param options - where the files lie, and which split
 * @throws RangeError if a line of the partition file is not `NAME.jpg 0|1|2`, or the split is empty
 * @throws Error if the partition file is not there
 * @see Liu et al. 2015, "Deep Learning Face Attributes in the Wild" (arXiv:1411.7766)
 */
export async function celebA(options: CelebAOptions): Promise<ImageFiles> {
  checkOptions('celebA', options, KEYS);
  const { path, split = 'train' } = options;
  if (split !== 'all' && !Object.hasOwn(splits, split)) {
    throw new RangeError(`celebA: split must be "train", "valid", "test" or "all", got "${String(split)}"`);
  }
  const names: string[] = [];
  for (const [i, [name = '', part = '', ...rest]] of (await partitionRows(path)).entries()) {
    if (i === 0 && name === 'image_id') continue;
    if (!/^[\w-]+\.(jpg|png)$/.test(name) || !/^[012]$/.test(part) || rest.length > 0) {
      const got = JSON.stringify([name, part, ...rest].join(' ').slice(0, 60));
      throw new RangeError(
        `celebA: the partition file in ${path} must hold lines "000001.jpg 0", got ${got} in row ${i + 1}`,
      );
    }
    if (split === 'all' || part === splits[split]) names.push(name);
  }
  if (names.length === 0)
    throw new RangeError(`celebA: ${path} must hold pictures of the split "${split}", got none`);
  const folder = join(path, 'img_align_celeba');
  const nested = join(folder, 'img_align_celeba');
  const isNested = await stat(nested).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return filesOnDisk(
    split === 'train' ? 'celeba' : `celeba-${split}`,
    names.sort().map((name) => join(isNested ? nested : folder, name)),
  );
}

/** Rows of the partition file: a picture's name and its part, with blanks or (Kaggle's) commas between. */
async function partitionRows(path: string): Promise<readonly (readonly string[])[]> {
  for (const place of [
    'list_eval_partition.txt',
    'Eval/list_eval_partition.txt',
    'list_eval_partition.csv',
  ]) {
    const name = join(path, place);
    const bytes = await readFile(name).catch(() => undefined);
    if (bytes === undefined) continue;
    if (place.endsWith('.csv')) return decodeCsv(bytes, { name });
    const lines = decodeText(bytes, name).split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '').map((line) => line.trim().split(/\s+/));
  }
  throw new Error(
    `celebA: path must hold list_eval_partition.txt (MD5 d32c9cbf5e040fd4025c592c306e6668) beside img_align_celeba/, ` +
      `got ${path} without it; both are at mmlab.ie.cuhk.edu.hk/projects/CelebA.html`,
  );
}
