import { spawnSync } from 'node:child_process';
import { type ArgumentError, createRng } from '@immiscible/core';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeNpy } from '@immiscible/formats';
import { batches, type Dataset } from '../src/index.js';
import {
  CELEBA_CROPS,
  celebA,
  eachPicture,
  imageFolder,
  imageParquet,
  imageTar,
  imageZip,
  loadImages,
  openPacked,
  packImages,
  tinyImageNet,
} from '../src/node/index.js';
import { decodePool } from '../src/node/decode-pool.js';
import { fixture, fixtureArrays, fixtureBytes } from './fixture.js';

const labels = [3, 1, 4, 1, 5, 9];
const nhwc = decodeNpy(fixtureBytes('cifar-nhwc.npy')).data as Uint8Array;
const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
/** A new folder with copies of pictures under other names. */
const folderOf = (name: string, files: Record<string, string>): string => {
  for (const [to, from] of Object.entries(files)) {
    const path = join(folder, name, to);
    mkdirSync(join(path, '..'), { recursive: true });
    copyFileSync(fixture(from), path);
  }
  return join(folder, name);
};
const local = { workers: 0 } as const;

describe('decoding', () => {
  let pillow: Awaited<ReturnType<typeof fixtureArrays>>;
  beforeAll(async () => {
    pillow = await fixtureArrays('decoded.npz');
  });

  test.each(['rgb.png', 'rgb.jpg', 'progressive.jpg', 'palette.png', 'rgb.webp'])(
    '%s has the bytes that Pillow decodes',
    async (name) => {
      const path = folderOf(name, { [name]: `pictures/${name}` });
      const { images } = await loadImages(await imageFolder(path), local);
      expect(images.shape).toEqual([1, 40, 48, 3]);
      const expected = pillow.get(name.replace('.', '_'))?.data as Uint8Array;
      expect(Buffer.compare(images.data, expected)).toBe(0);
    },
  );

  test.each(['grey.png', 'grey.jpg', 'alpha.png', 'bilevel.png'])(
    '%s is refused by name, and read as Pillow reads it when conversion is asked for',
    async (name) => {
      const files = await imageFolder(folderOf(name, { [name]: `pictures/${name}` }));
      await expect(loadImages(files, local)).rejects.toThrow(
        new RegExp(`${name} must be rgb.*, got .*; convert it, or say convert: true`),
      );
      const { images } = await loadImages(files, { ...local, convert: true });
      expect(Buffer.compare(images.data, pillow.get(name.replace('.', '_'))?.data as Uint8Array)).toBe(0);
    },
  );

  test('16 bits are refused, or cut to 8', async () => {
    const files = await imageFolder(folderOf('deep', { 'deep.png': 'pictures/grey16.png' }));
    await expect(loadImages(files, { ...local, channels: 1 })).rejects.toThrow(
      'deep.png must be gray with 8 bits, got gray with 16 bits',
    );
    const { images } = await loadImages(files, { ...local, channels: 1, convert: true });
    // The fixture is 257·5·x, whose upper byte is 5·x.
    expect(images.get(0, 7, 30, 0)).toBe(150);
  });

  test('gray files are a set of one channel; CMYK takes conversion', async () => {
    const files = await imageFolder(folderOf('one', { 'a.png': 'pictures/grey.png' }));
    const { images } = await loadImages(files, { ...local, channels: 1 });
    expect(images.shape).toEqual([1, 40, 48, 1]);
    const cmyk = await imageFolder(folderOf('cmyk', { 'a.jpg': 'pictures/cmyk.jpg' }));
    await expect(loadImages(cmyk, local)).rejects.toThrow('a.jpg must be rgb, got cmyk');
    // Its bytes are in pictures.test.ts.
    expect((await loadImages(cmyk, { ...local, convert: true })).images.shape).toEqual([1, 40, 48, 3]);
  });

  test('a crop made half as large is the mean of 2×2, as Pillow’s box filter', async () => {
    const files = await imageFolder(folderOf('box', { 'a.png': 'pictures/rgb.png' }));
    const { images } = await loadImages(files, { ...local, crop: 'center', size: 20 });
    const expected = pillow.get('box')?.data as Uint8Array;
    expect(images.shape).toEqual([1, 20, 20, 3]);
    const worst = images.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('what can’t become the size is refused with what to do', async () => {
    const files = await imageFolder(folderOf('sizes', { 'a.png': 'pictures/rgb.png' }));
    await expect(loadImages(files, { ...local, size: 20 })).rejects.toThrow(
      "a.png must be of the proportions 20:20, got 40×48; say crop: 'center', or another crop",
    );
    await expect(loadImages(files, { ...local, size: 64, crop: 'center' })).rejects.toThrow(
      'a.png must be at least 64×64, got 40×40; images are only made smaller',
    );
    await expect(
      loadImages(files, { ...local, crop: { left: 10, top: 0, width: 40, height: 40 } }),
    ).rejects.toThrow('a.png must be at least 40×50 for the crop, got 40×48');
    await expect(loadImages(files, { ...local, maximumPixels: 1000 })).rejects.toThrow(
      'of at most 1000 pixels, got 48×40',
    );
  });

  test('one by one, pictures keep their sizes and order, and have the bytes that Pillow decodes', async () => {
    const path = folderOf('own-sizes', { 'a.png': 'pictures/rgb.png', 'c.png': 'pictures/rgb.png' });
    const zip = await imageZip(fixture('edm.zip'));
    writeFileSync(join(path, 'b.png'), await zip.read(0));
    await zip.close();
    const found = [];
    for await (const picture of eachPicture(await imageFolder(path), local)) found.push(picture);
    expect(found.map(({ shape }) => shape)).toEqual([
      [40, 48, 3],
      [32, 32, 3],
      [40, 48, 3],
    ]);
    const expected = pillow.get('rgb_png')?.data as Uint8Array;
    for (const k of [0, 2]) expect(Buffer.compare(found[k]?.data as Uint8Array, expected)).toBe(0);
    expect(Buffer.compare(found[1]?.data as Uint8Array, nhwc.subarray(0, 3072))).toBe(0);
  });

  test('truncated, empty, foreign and mixed-size files are refused by name', async () => {
    for (const [name, expected] of [
      [
        'rgb.jpg',
        'rgb.jpg must be a whole JPEG, got damage (Corrupt JPEG data: premature end of data segment)',
      ],
      ['rgb.png', 'rgb.png must be a whole PNG, got damage'],
    ] as const) {
      const path = folderOf(`cut-${name}`, { [name]: `pictures/${name}` });
      truncateSync(join(path, name), readFileSync(join(path, name)).length - 30);
      await expect(loadImages(await imageFolder(path), local)).rejects.toThrow(expected);
    }
    const foreign = folderOf('foreign', { 'a.png': 'cifar.bin' });
    await expect(loadImages(await imageFolder(foreign), local)).rejects.toThrow(
      'a.png must be a PNG or JPEG',
    );
    writeFileSync(join(foreign, 'a.png'), '');
    await expect(loadImages(await imageFolder(foreign), local)).rejects.toThrow('got 0 bytes');
    const mixed = folderOf('mixed', { 'a.png': 'pictures/rgb.png' });
    const zip = await imageZip(fixture('edm.zip'));
    writeFileSync(join(mixed, 'b.png'), await zip.read(0));
    await zip.close();
    await expect(loadImages(await imageFolder(mixed), local)).rejects.toThrow(
      'b.png must be 40×48 like the pictures before it, got 32×32; say size',
    );
    await expect(imageFolder(join(folder, 'nowhere'))).rejects.toThrow("which can't be read");
    mkdirSync(join(folder, 'empty'));
    await expect(imageFolder(join(folder, 'empty'))).rejects.toThrow(
      'must hold pictures (PNG, JPEG), got none',
    );
  });
});

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

describe('damaged pictures of a set', () => {
  const path = folderOf('some-damaged', {
    'a/1.png': 'pictures/rgb.png',
    'a/2.png': 'cifar.bin',
    'b/1.jpg': 'pictures/rgb.jpg',
    'b/2.png': 'pictures/rgb.png',
    'b/3.png': 'pictures/rgb.png',
  });
  truncateSync(join(path, 'b/1.jpg'), 500);

  test('stop it, or are left out with their labels on request, and named', async () => {
    const files = await imageFolder(path);
    await expect(loadImages(files, local)).rejects.toThrow('2.png must be a PNG or JPEG');
    let named: readonly { path: string; problem: string }[] = [];
    const options = { ...local, skipDamaged: true, onDamaged: (found: typeof named) => void (named = found) };
    const { images, labels } = await loadImages(files, options);
    expect([images.shape, [...(labels ?? [])]]).toEqual([
      [3, 40, 48, 3],
      [0, 1, 1],
    ]);
    expect(named.map((each) => each.path)).toEqual([join(path, 'a/2.png'), join(path, 'b/1.jpg')]);
    expect(named[1]?.problem).toContain('b/1.jpg must be a whole JPEG, got damage (');
    const packed = join(folder, 'some.pack');
    expect(await packImages(files, packed, options)).toMatchObject({ count: 3 });
    const file = await openPacked(packed);
    expect(file.load().images.data).toEqual(images.data);
    expect([...(file.labels ?? [])]).toEqual([0, 1, 1]);
    file.close();
    let seen = 0;
    for await (const picture of eachPicture(files, options)) seen += picture.shape[0] as number;
    expect(seen).toBe(120);
  });

  test('of another kind or size than is asked for are not damaged', async () => {
    const gray = await imageFolder(folderOf('grey-one', { 'a.png': 'pictures/grey.png' }));
    await expect(loadImages(gray, { ...local, skipDamaged: true })).rejects.toThrow(
      'a.png must be rgb, got gray',
    );
  });

  test('a set of nothing else is refused', async () => {
    const bad = await imageFolder(folderOf('all-damaged', { 'a.png': 'cifar.bin' }));
    await expect(loadImages(bad, { ...local, skipDamaged: true })).rejects.toThrow(
      'all-damaged must hold pictures that can be read, got 1 that are damaged; decodePicture: ',
    );
  });
});

describe('packed files', () => {
  const packed = join(folder, 'six.pack');
  beforeAll(async () => {
    const files = await imageZip(fixture('edm.zip'));
    await packImages(files, packed, local);
    await files.close();
  });

  test('hold the same images and labels; batches are those from memory', async () => {
    const file = await openPacked(packed);
    await file.verify();
    const dataset = file.load();
    expect(Buffer.compare(dataset.images.data, nhwc)).toBe(0);
    expect(Array.from(file.labels ?? [])).toEqual(labels);
    const options = { batchSize: 5, rng: createRng(2), flip: true };
    for (const step of [0, 1, 9]) {
      expect(await batches(file, options).at(step)).toEqual(batches(dataset, options).at(step));
    }
    const run = new Uint8Array(4 * 3072);
    file.read(Int32Array.of(5, 1, 2, 0), run);
    const image = (i: number): Uint8Array => nhwc.subarray(i * 3072, (i + 1) * 3072);
    expect(Buffer.compare(run, Buffer.concat([image(5), image(1), image(2), image(0)]))).toBe(0);
    expect(() => file.read(Int32Array.of(6), run)).toThrow('an index must be in [0, 6), got 6');
    file.close();
  });

  test('truncated or changed ones are noticed', async () => {
    const bytes = readFileSync(packed);
    const path = join(folder, 'changed.pack');
    writeFileSync(path, bytes.subarray(0, -1));
    await expect(openPacked(path)).rejects.toThrow('changed.pack must be a complete packed data set, got');
    bytes[5000]! ^= 1;
    writeFileSync(path, bytes);
    const file = await openPacked(path);
    await expect(file.verify()).rejects.toThrow('the SHA-256');
    file.close();
    writeFileSync(path, 'something else');
    await expect(openPacked(path)).rejects.toThrow('got 14 bytes that start with "73 6f 6d');
  });

  test('a failure leaves no file behind', async () => {
    const path = join(folder, 'never.pack');
    const files = await imageFolder(folderOf('bad', { 'a.png': 'cifar.bin' }));
    await expect(packImages(files, path, local)).rejects.toThrow('a.png must be a PNG or JPEG');
    expect(() => readFileSync(path)).toThrow('ENOENT');
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

// Workers run the built package only; without a build there is nothing to compare.
const built = new URL('../dist/node/index.js', import.meta.url);
test.skipIf(!existsSync(built))('any number of workers gives the same bytes in the same order', async () => {
  const node = (await import(/* @vite-ignore */ built.href)) as typeof import('../src/node/index.js');
  const files: Record<string, string> = {};
  for (let i = 0; i < 300; i++) {
    files[`${i % 3}/${String(i).padStart(3, '0')}.png`] = `pictures/${i % 2 ? 'rgb' : 'palette'}.png`;
  }
  const path = folderOf('many', files);
  const sets = [];
  for (const workers of [0, 1, 2, 3])
    sets.push(await node.loadImages(await node.imageFolder(path), { workers }));
  const [first, ...others] = sets as [Dataset, ...Dataset[]];
  expect(first.images.shape).toEqual([300, 40, 48, 3]);
  for (const { images, labels } of others) {
    expect(Buffer.compare(images.data, first.images.data)).toBe(0);
    expect(labels).toEqual(first.labels);
  }
});

test.skipIf(!existsSync(built))('workers begin in a process that was given its program as text', () => {
  const path = folderOf('evaluated', { 'a.png': 'pictures/rgb.png' });
  const program = `import { imageFolder, loadImages } from ${JSON.stringify(built.href)};
    const { images } = await loadImages(await imageFolder(${JSON.stringify(path)}), { workers: 1 });
    console.log(images.shape.join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect([stderr, stdout.trim()]).toEqual(['', '1,40,48,3']);
});

test('a block is rejected when its thread ends, or has ended before', async () => {
  const file = join(folder, 'ends.mjs');
  writeFileSync(
    file,
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
  );
  const pool = decodePool(1, file);
  const options = { channels: 3, convert: false, maximumPixels: 1 } as const;
  for (let i = 0; i < 2; i++) {
    await expect(pool.run({ names: [], options })).rejects.toThrow('a worker must run until it is closed');
  }
  await pool.close();
});

test("a worker's error comes with its parts", async () => {
  const file = join(folder, 'refusing.mjs');
  const problem = {
    fn: 'f',
    argument: 'a.png',
    constraint: 'rgb',
    got: 'gray',
    fix: ['say ', { option: 'convert' }],
  };
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
     parentPort.on('message', ({ id }) => parentPort.postMessage({ id, error: ${JSON.stringify(problem)} }));`,
  );
  const pool = decodePool(1, file);
  const options = { channels: 3, convert: false, maximumPixels: 1 } as const;
  const error = await pool.run({ names: [], options }).catch((error: unknown) => error);
  expect((error as ArgumentError).problem).toEqual(problem);
  await pool.close();
});
