import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy } from '@immiscible/formats';
import { describe, expect, test } from 'vitest';
import { readCifarBinary } from '../src/index.js';
import { cifar10 } from '../src/node/index.js';
import { fixtureBytes } from './fixture.js';

const labels = [3, 1, 4, 1, 5, 9];
const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
const temporary = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

describe('CIFAR', () => {
  const reference = decodeNpy(fixtureBytes('cifar-nhwc.npy')).data as Uint8Array;

  test('the binary version has its planes turned into pixels, as numpy transposes them', () => {
    const { images, labels: found } = readCifarBinary(fixtureBytes('cifar.bin'));
    expect(images.shape).toEqual([6, 32, 32, 3]);
    expect(Buffer.compare(images.data, reference)).toBe(0);
    expect(Array.from(found ?? [])).toEqual(labels);
  });

  test('a file of another size, or with labels out of range, is refused', () => {
    expect(() => readCifarBinary(fixtureBytes('cifar.bin').subarray(1), { name: 'a.bin' })).toThrow(
      'a.bin must hold whole records of 3073 bytes (cifar10), got 18437 bytes',
    );
    const bytes = fixtureBytes('cifar.bin');
    bytes[0] = 10;
    expect(() => readCifarBinary(bytes, { name: 'a.bin' })).toThrow(
      'a.bin must have labels in [0, 10), got 10 for image 0',
    );
  });

  test('an archive with too few images says which file is meant', async () => {
    const path = temporary('data_batch_1', fixtureBytes('cifar-python2.pickle'));
    await expect(cifar10({ path: folder })).rejects.toThrow(
      'must hold 50000 images (train), got 6 in 1 files; use cifar-10-python.tar.gz',
    );
    expect(path).toContain('data_batch_1');
    await expect(cifar10({ path: join(folder, 'nowhere') })).rejects.toThrow("which can't be read");
  });
});
