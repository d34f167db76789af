import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eachPicture, imageFolder, loadImages, openPacked, packImages } from '../src/node/index.js';
import { folder, folderOf, local } from './picture-folder.js';

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
