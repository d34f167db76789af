import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBytes } from '@immiscible/datasets';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { loadDataset } from './datasets.js';

test('pictures of a folder: the square in the middle of each, area averages, gray ones as three channels', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  mkdirSync(join(folder, 'a'));
  // Six wide, four high: the middle square is columns 1 to 4, all 40 or 80; what is cut off is 255.
  const row = [255, 40, 40, 80, 80, 255];
  const gray = {
    width: 6,
    height: 4,
    data: Uint8Array.from([row, row, row, row].flat()),
    channels: 1 as const,
  };
  writeFileSync(join(folder, 'a', '1.png'), encode({ ...gray, depth: 8 }));
  const data = await loadDataset({ kind: 'pictures', path: folder, resolution: 2 });
  expect(data.shape).toEqual([1, 2, 2, 3]);
  expect([...toBytes(data.images(0, 1)).data]).toEqual([40, 40, 40, 80, 80, 80, 40, 40, 40, 80, 80, 80]);
});

test.each(['cifar10', 'celeba', 'tiny-imagenet'] as const)(
  '%s that isn’t there: says how to get it',
  async (kind) => {
    const loading = loadDataset({ kind, path: 'nowhere/at-all' });
    await expect(loading).rejects.toThrow(UsageError);
    await expect(loading).rejects.toThrow(`dataset.path must hold ${kind}, got nowhere/at-all: `);
    await expect(loading).rejects.toThrow(`npx @immiscible/datasets fetch ${kind} --to nowhere,`);
  },
);

test('files of Fashion-MNIST that aren’t there: says how to get them', async () => {
  const loading = loadDataset({ kind: 'fashion-mnist-60k', directory: 'nowhere' });
  await expect(loading).rejects.toThrow(UsageError);
  await expect(loading).rejects.toThrow('dataset.directory must hold Fashion-MNIST, got nowhere: ');
  await expect(loading).rejects.toThrow('npx @immiscible/datasets fetch fashion-mnist --to nowhere');
});

test('pictures that aren’t there: says what to give', async () => {
  const loading = loadDataset({ kind: 'pictures', path: 'nowhere' });
  await expect(loading).rejects.toThrow(UsageError);
  await expect(loading).rejects.toThrow('dataset.path must hold pictures, got nowhere: ');
});
