import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import ndarray from 'ndarray';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataset } from '../src/index.js';
import {
  describePath,
  imageFolder,
  openImages,
  openPacked,
  packImages,
  pixelMoments,
} from '../src/node/index.js';
import { datasets } from './datasets-command.js';
import { fixture, largestDifference, fixtureArrays } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'moments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const arrays = await fixtureArrays('crops.npz');
const expected = [...(arrays.get('moments')?.data as Float64Array)];

beforeAll(() => {
  for (let i = 0; i < 5; i++) {
    const { data, shape } = arrays.get(`picture${i}`) ?? ndarray(new Uint8Array(0));
    const [height = 0, width = 0] = shape;
    writeFileSync(
      join(folder, `${i}.png`),
      encode({ width, height, data: data as Uint8Array, channels: 3, depth: 8 }),
    );
  }
});

it("gives NumPy's mean and deviation of pictures of different sizes (test/fixtures/make-crops.py)", async () => {
  const found = await pixelMoments(await imageFolder(folder), { workers: 0 });
  expect(largestDifference([...found.mean, ...found.std], expected)).toBeLessThan(1e-12);
  expect(found).toMatchObject({ smallest: [13, 11], largest: [131, 90], pixels: 18_263 });
  const { out: text } = await datasets('info', folder, '--moments', '--workers', '0');
  const out = text.split('\n');
  expect(out.slice(1)).toEqual([
    'sizes 13×11 to 131×90',
    `mean ${[0, 1, 2].map((i) => (expected[i] as number).toFixed(6)).join(' ')}  ` +
      `std ${[3, 4, 5].map((i) => (expected[i] as number).toFixed(6)).join(' ')}  (of bytes / 255)`,
  ]);
});

it('gives the same in memory, from a packed file, and from pictures', async () => {
  const images = ndarray(
    Uint8Array.from({ length: 600 * 12 }, (_, i) => (i * i) % 251),
    [600, 2, 2, 3],
  );
  const dataset = createDataset({ name: 'squares', images, allowsFlip: true });
  const path = join(folder, 'squares.pack');
  await packImages(dataset, path);
  const packed = openPacked(path);
  const opened = await packed;
  const whole = await pixelMoments(dataset);
  expect(await pixelMoments(opened)).toEqual(whole);
  opened.close();
  expect((await describePath(path, { moments: true })).moments).toEqual(whole);
  const mean = images.data.filter((_, i) => i % 3 === 1).reduce((sum, value) => sum + value / 255, 0) / 2400;
  expect(whole.mean[1]).toBeCloseTo(mean, 12);
});

it('opens a folder of parquet files as one set, of one split', async () => {
  const shards = mkdtempSync(join(folder, 'hub-'));
  for (const name of [
    'train-00001-of-00002.parquet',
    'train-00000-of-00002.parquet',
    'test-00000-of-00001.parquet',
  ])
    copyFileSync(fixture('hf.parquet'), join(shards, name));
  const { count: each } = await describePath(fixture('hf.parquet'));
  expect((await describePath(shards, { split: 'train' })).count).toBe(2 * each);
  expect((await describePath(shards, { split: 'test' })).count).toBe(each);
  await expect(openImages(shards)).rejects.toThrow('split must be of test, train for the parquet files');
  await expect(openImages(shards, { split: 'dev' })).rejects.toThrow('got dev');
  await expect(openImages(folder, { split: 'test' })).rejects.toThrow('split must be left out');
  await expect(openImages(folder, { label: 'x' })).rejects.toThrow('label must be left out');
  await expect(openImages(shards, { split: 'test', image: 'none' })).rejects.toThrow(
    'must have the column none, got ',
  );
});
