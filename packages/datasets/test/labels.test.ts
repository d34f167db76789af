import { crc32, openZip } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  describePath,
  imageFolder,
  imageParquet,
  imageTar,
  imageZip,
  loadImages,
  openImages,
} from '../src/node/index.js';
import { datasets } from './datasets-command.js';
import { fixture, fixtureBytes } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const local = { workers: 0 } as const;

/** A folder with copies of one picture under these names; other names are files of text. */
function folderOf(name: string, ...files: string[]): string {
  for (const file of files) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    if (/\.png$/.test(file)) copyFileSync(fixture('pictures/rgb.png'), path);
    else if (file.endsWith('/')) mkdirSync(path);
    else writeFileSync(path, 'text');
  }
  return join(folder, name);
}
/** A zip of stored files. */
function zipOf(path: string, files: Record<string, Uint8Array>): string {
  const [body, list]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    list.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, Buffer.from(name)]));
    body.push(head);
    at += head.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(list.length, 8);
  end.writeUInt16LE(list.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  writeFileSync(`${path}.zip`, Buffer.concat([...body, directory, end]));
  return `${path}.zip`;
}

function tarOf(path: string): string {
  execFileSync('tar', ['-cf', `${path}.tar`, '-C', path, '.']);
  return `${path}.tar`;
}

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

describe('folders, tars and zips mean the same', () => {
  test('a folder with dataset.json has the labels that EDM’s zip of it has', async () => {
    const archive = await openZip(await openFile(fixture('edm.zip')));
    for (const name of archive.names) {
      mkdirSync(dirname(join(folder, 'edm', name)), { recursive: true });
      writeFileSync(join(folder, 'edm', name), await archive.read(name));
    }
    await archive.close();
    const zip = await imageZip(fixture('edm.zip'));
    const expected = { labels: zip.labels, classNames: undefined, skipped: undefined };
    await zip.close();
    expect(expected.labels).toEqual(Int32Array.of(3, 1, 4, 1, 5, 9));
    for (const found of [
      await imageFolder(join(folder, 'edm')),
      await imageTar(tarOf(join(folder, 'edm'))),
    ]) {
      const { labels, classNames, skipped } = found;
      expect({ labels, classNames, skipped }).toEqual(expected);
    }
    writeFileSync(join(folder, 'edm', 'dataset.json'), '{"labels": null}');
    expect((await imageFolder(join(folder, 'edm'))).labels).toBeUndefined();
    writeFileSync(join(folder, 'edm', 'dataset.json'), '{"labels": [["00000/img00000000.png", 0.5]]}');
    await expect(imageFolder(join(folder, 'edm'))).rejects.toThrow('got 0.5 for 00000/img00000000.png');
  });

  test('hidden folders are no classes; they and other files are counted and named', async () => {
    const hidden = ['.ipynb_checkpoints', '@eaDir', '.Trash-1000', '__MACOSX'];
    const path = folderOf(
      'pets',
      ...['cat/1.png', 'dog/1.png', 'dog/._2.png', 'notes.txt', ...hidden.map((name) => `${name}/1.png`)],
    );
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.\w+$/.test(name) && statSync(join(path, name)).isFile(),
    );
    const zip = await imageZip(
      zipOf(path, Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name))]))),
    );
    const found = [await imageFolder(path), await imageTar(tarOf(path)), zip];
    for (const { labels, classNames, skipped } of found) {
      expect([[...(labels ?? [])], classNames]).toEqual([
        [0, 1],
        ['cat', 'dog'],
      ]);
      expect(skipped?.length).toBe(6);
    }
    await zip.close();
    const { out: text } = await datasets('info', path);
    const out = text.split('\n');
    expect(out[1]).toBe(
      '2 pictures, 6 other files skipped: .Trash-1000/, .ipynb_checkpoints/, @eaDir/, __MACOSX/, dog/._2.png, …',
    );
  });

  test('a class folder without pictures is an error: it would move the others’ numbers', async () => {
    const path = folderOf('gap', 'ant/1.png', 'bee/', 'cat/1.png', 'dew/notes.txt');
    await expect(imageFolder(path)).rejects.toThrow(
      'must hold pictures in each of its class folders, got none in bee, dew; remove what is no class, or say classes: false',
    );
    expect((await imageFolder(path, { classes: false })).labels).toBeUndefined();
  });

  test('links are followed, hard ones in tars too; those that lead nowhere or back are named', async () => {
    const path = folderOf('links', 'cat/1.png');
    folderOf('elsewhere', 'a.png', 'b.png');
    symlinkSync('../elsewhere', join(path, 'dog'));
    symlinkSync('nowhere.png', join(path, 'cat', '2.png'));
    symlinkSync('..', join(path, 'cat', 'back'));
    linkSync(join(path, 'cat', '1.png'), join(path, 'cat', '3.png'));
    const { paths, classNames, skipped } = await imageFolder(path);
    expect(paths.map((each) => each.slice(path.length + 1))).toEqual([
      'cat/1.png',
      'cat/3.png',
      'dog/a.png',
      'dog/b.png',
    ]);
    expect([classNames, skipped]).toEqual([
      ['cat', 'dog'],
      ['cat/2.png', 'cat/back/'],
    ]);
    symlinkSync('../cat/1.png', join(folder, 'elsewhere', 'c.png'));
    execFileSync('tar', [
      '-cf',
      join(folder, 'links.tar'),
      '-C',
      folder,
      'links/cat/1.png',
      'links/cat/3.png',
      'links/cat/2.png',
    ]);
    const tar = await imageTar(join(folder, 'links.tar'));
    expect(tar.paths.map((each) => each.split(': ')[1])).toEqual(['links/cat/1.png', 'links/cat/3.png']);
    expect(tar.skipped).toEqual(['links/cat/2.png']);
    expect(await tar.read(1)).toEqual(await tar.read(0));
    expect((await loadImages(tar, local)).images.shape).toEqual([2, 40, 48, 3]);
  });

  test('bitmaps and graymaps are pictures', async () => {
    const path = folderOf('kinds', 'a.png');
    writeFileSync(join(path, 'b.pgm'), Buffer.concat([Buffer.from('P5 48 40 255\n'), Buffer.alloc(1920, 7)]));
    const { images } = await loadImages(await imageFolder(path), { ...local, convert: true });
    expect([images.shape[0], images.get(1, 39, 47, 2)]).toEqual([2, 7]);
  });
});
