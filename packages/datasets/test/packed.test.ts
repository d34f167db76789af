import { createRng } from '@immiscible/core';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { batches } from '../src/index.js';
import { imageFolder, imageZip, openPacked, packImages } from '../src/node/index.js';
import { fixture } from './fixture.js';
import { folder, folderOf, labels, local, nhwc } from './picture-folder.js';

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
