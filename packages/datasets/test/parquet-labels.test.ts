import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describePath, imageParquet, loadImages, openImages } from '../src/node/index.js';
import { fixtureBytes } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const local = { workers: 0 } as const;

const kinds = JSON.parse(Buffer.from(fixtureBytes('parquet-kinds.json')).toString()) as Record<
  string,
  string
>;
function parquet(kind: string, to = `${kind}.parquet`): string {
  const path = join(folder, to);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(kinds[kind] as string, 'base64'));
  return path;
}

describe('parquet', () => {
  test.each(['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'])(
    'packed by %s: pictures upright, labels as they are',
    async (kind) => {
      const files = await imageParquet(parquet(kind));
      const { images, labels, classNames } = await loadImages(files, local);
      await files.close();
      expect(images.shape).toEqual([4, 2, 4, 3]);
      expect([0, 1, 2, 3].map((i) => images.get(i, 1, 3, 2))).toEqual([0, 40, 80, 120]);
      expect([[...(labels ?? [])], classNames]).toEqual([
        [2, 0, 1, 2],
        ['cat', 'dog', 'eel'],
      ]);
    },
  );

  test.each([
    [
      'null',
      'got no label in row 1; say unlabeled: true to take it as an image of no class, or label: false',
    ],
    ['text', 'must have class indices in label, got "0" in row 0; name another column as label'],
    ['float', 'got 1.5 in row 1'],
    ['lists', 'must have class indices in labels, got a list of 1 in row 0'],
    ['too large', 'labels[3] must be a class index in [0, 3), or -1 for no class, got 3'],
  ])('labels of the kind "%s" are refused, and left alone on request', async (kind, message) => {
    const path = parquet(kind);
    await expect(imageParquet(path)).rejects.toThrow(message);
    for (const options of [{ label: false }, {}] as const) {
      const files =
        'label' in options ? await imageParquet(path, options) : await openImages(path, { labels: false });
      expect(files.labels).toBeUndefined();
      await files.close();
    }
  });

  test('more than is allowed in memory is no damage', async () => {
    const path = parquet('none');
    process.env['IMMISCIBLE_MAX_BYTES'] = '20';
    try {
      await expect(imageParquet(path)).rejects.toMatchObject({ fn: 'imageParquet', verb: 'take' });
    } finally {
      delete process.env['IMMISCIBLE_MAX_BYTES'];
    }
  });

  test('a missing label is no class on request, and so is −1', async () => {
    const some = await imageParquet(parquet('null'), { unlabeled: true });
    expect([...(some.labels ?? [])]).toEqual([2, -1, 1, -1]);
    await some.close();
    const held = await imageParquet(parquet('minus one'));
    expect([...(held.labels ?? [])]).toEqual([-1, -1, -1, -1]);
    await held.close();
    expect((await describePath(parquet('minus one'))).classes).toEqual([{ name: 'no class', count: 4 }]);
  });

  test('columns inside of others are no labels', async () => {
    const files = await imageParquet(parquet('nested'));
    expect(files.labels).toBeUndefined();
    await files.close();
  });

  test('the hub’s conversions are one split, chosen by its folder', async () => {
    for (const part of ['train/0000', 'train/0001', 'test/0000'])
      parquet('zstd', `hub/default/${part}.parquet`);
    const hub = join(folder, 'hub');
    await expect(openImages(hub)).rejects.toThrow('split must be of default/test, default/train for');
    const files = await openImages(hub, { split: 'train' });
    expect(files.paths.length).toBe(8);
    await files.close();
    parquet('zstd', 'hub/other/train/0000.parquet');
    await expect(openImages(hub, { split: 'train' })).rejects.toThrow('got train');
    const one = await openImages(hub, { split: 'other/train' });
    expect(one.paths.length).toBe(4);
    await one.close();
  });
});
