import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { eachPicture, imageFolder, imageZip, loadImages } from '../src/node/index.js';
import { fixture, fixtureArrays } from './fixture.js';
import { folder, folderOf, local, nhwc } from './picture-folder.js';

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
