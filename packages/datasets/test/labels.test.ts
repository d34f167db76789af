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
import { imageFolder, imageTar, imageZip, loadImages } from '../src/node/index.js';
import { datasets } from './datasets-command.js';
import { fixture } from './fixture.js';

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
