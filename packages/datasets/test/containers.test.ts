import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../src/index.js';
import {
  CELEBA_CROPS,
  celebA,
  imageFolder,
  imageParquet,
  imageTar,
  imageZip,
  loadImages,
  tinyImageNet,
} from '../src/node/index.js';
import { fixture } from './fixture.js';
import { folder, folderOf, labels, local, nhwc } from './picture-folder.js';

describe('containers', () => {
  const check = (dataset: Dataset): void => {
    expect(dataset.images.shape).toEqual([6, 32, 32, 3]);
    expect(Buffer.compare(dataset.images.data, nhwc)).toBe(0);
    expect(Array.from(dataset.labels ?? [])).toEqual(labels);
  };

  test('an EDM zip: images and labels of dataset.json', async () => {
    const files = await imageZip(fixture('edm.zip'));
    check(await loadImages(files, local));
    await files.close();
  });

  test.each(['hf.parquet', 'hf-gzip.parquet'])('%s: images, labels and class names', async (name) => {
    const files = await imageParquet(fixture(name));
    const dataset = await loadImages(files, local);
    check(dataset);
    expect(dataset.classNames?.[9]).toBe('class 9');
    await files.close();
  });

  test('parquet shards count on; a missing column is named with those that are there', async () => {
    const files = await imageParquet([fixture('hf.parquet'), fixture('hf-gzip.parquet')]);
    expect(Array.from(files.labels ?? [])).toEqual([...labels, ...labels]);
    const { images } = await loadImages(files, local);
    expect(Buffer.compare(images.data, Buffer.concat([nhwc, nhwc]))).toBe(0);
    await files.close();
    await expect(imageParquet(fixture('hf.parquet'), { image: 'picture' })).rejects.toThrow(
      /must have the column picture, got img, /,
    );
    await expect(imageParquet(fixture('edm.zip'))).rejects.toThrow(
      'must be a whole parquet file, got damage',
    );
  });

  test('a tar.gz of class folders', async () => {
    const { labels: classes, classNames } = await imageTar(fixture('pictures.tar.gz'));
    expect(classNames).toEqual(['c1', 'c4', 'c5', 'c9', 'x'.repeat(120)]);
    // Sorted by path: c1/1, c1/3, c4/2, c5/4, c9/5, x…/0.
    expect(Array.from(classes ?? [])).toEqual([0, 0, 1, 2, 3, 4]);
  });

  test('an image folder: classes are the first folders, sorted; a stray picture undoes that', async () => {
    const path = folderOf('classes', {
      'dog/deep/1.png': 'pictures/rgb.png',
      'cat/2.png': 'pictures/rgb.png',
      'cat/10.png': 'pictures/rgb.png',
    });
    const files = await imageFolder(path);
    expect(files.classNames).toEqual(['cat', 'dog']);
    expect(Array.from(files.labels ?? [])).toEqual([0, 0, 1]);
    expect(files.paths.map((file) => file.slice(path.length + 1))).toEqual([
      'cat/10.png',
      'cat/2.png',
      'dog/deep/1.png',
    ]);
    copyFileSync(fixture('pictures/rgb.png'), join(path, 'stray.png'));
    expect((await imageFolder(path)).labels).toBeUndefined();
    await expect(imageFolder(path, { classes: true })).rejects.toThrow('got stray.png outside');
  });

  test('CelebA: the partition file decides, lines that are not understood are refused', async () => {
    const path = folderOf('celeba', { 'img_align_celeba/000001.jpg': 'pictures/rgb.jpg' });
    await expect(celebA({ path })).rejects.toThrow(
      'list_eval_partition.txt (MD5 d32c9cbf5e040fd4025c592c306e6668)',
    );
    writeFileSync(
      join(path, 'list_eval_partition.txt'),
      '000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n000004.jpg 0\n',
    );
    expect((await celebA({ path })).paths.map((file) => file.slice(-10))).toEqual([
      '000001.jpg',
      '000004.jpg',
    ]);
    expect((await celebA({ path, split: 'all' })).paths).toHaveLength(4);
    writeFileSync(join(path, 'list_eval_partition.txt'), '../../x.jpg 0\n');
    await expect(celebA({ path })).rejects.toThrow(/must hold lines "000001.jpg 0", got .* in row 1/);
    // Kaggle's: the folder once more inside itself, and a table with a byte order mark.
    rmSync(join(path, 'list_eval_partition.txt'));
    writeFileSync(join(path, 'list_eval_partition.csv'), '\uFEFFimage_id,partition\r\n000001.jpg,0\r\n');
    mkdirSync(join(path, 'img_align_celeba', 'img_align_celeba'));
    expect((await celebA({ path })).paths).toEqual([
      join(path, 'img_align_celeba', 'img_align_celeba', '000001.jpg'),
    ]);
    for (const { left, top, width, height } of Object.values(CELEBA_CROPS)) {
      expect(left + width <= 178 && top + height <= 218 && width === height).toBe(true);
    }
  });

  test('Tiny-ImageNet: both splits count the sorted classes alike', async () => {
    const path = folderOf('tiny', {
      'train/n02/images/n02_0.JPEG': 'pictures/rgb.jpg',
      'train/n01/images/n01_0.JPEG': 'pictures/rgb.jpg',
      'val/images/val_0.JPEG': 'pictures/rgb.jpg',
    });
    writeFileSync(join(path, 'wnids.txt'), '\uFEFFn02\nn01\n');
    writeFileSync(join(path, 'train/n01/images/._n01_0.JPEG'), '\0\x05\x16\x07');
    writeFileSync(join(path, 'val/val_annotations.txt'), 'val_0.JPEG\tn02\t0\t32\t44\t62\n');
    const train = await tinyImageNet({ path });
    expect(train.classNames).toEqual(['n01', 'n02']);
    expect(train.skipped).toEqual([join('train', 'n01', 'images', '._n01_0.JPEG')]);
    expect(train.paths[1]).toContain('n02_0');
    expect(Array.from(train.labels ?? [])).toEqual([0, 1]);
    expect(Array.from((await tinyImageNet({ path, split: 'val' })).labels ?? [])).toEqual([1]);
    writeFileSync(join(path, 'val/val_annotations.txt'), 'val_0.JPEG\tn03\n');
    await expect(tinyImageNet({ path, split: 'val' })).rejects.toThrow('a class of wnids.txt a line, got');
    await expect(tinyImageNet({ path: folder })).rejects.toThrow('without wnids.txt');
  });
});
