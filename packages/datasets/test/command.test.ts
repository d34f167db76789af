import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeNpy } from '@immiscible/formats';
import { openPacked } from '../src/node/index.js';
import { datasets } from './datasets-command.js';
import { fixture, fixtureBytes } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'datasets-command-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  for (const [to, from] of [
    ['mixed/a.png', 'rgb.png'],
    ['mixed/b.png', 'grey.png'],
    ['cut/a.png', 'rgb.png'],
  ] as const) {
    mkdirSync(join(at(to), '..'), { recursive: true });
    copyFileSync(fixture(`pictures/${from}`), at(to));
  }
  writeFileSync(at('cut/a.png'), fixtureBytes('pictures/rgb.png').subarray(0, 90));
  mkdirSync(at('empty'));
});

describe('datasets pack and info', () => {
  test('an EDM zip, packed, holds the pixels and labels that it was written with', async () => {
    const { out, errors, code } = await datasets(
      'pack',
      fixture('edm.zip'),
      at('edm.pack'),
      '--workers',
      '0',
    );
    expect([errors, code]).toEqual(['', 0]);
    expect(out).toMatch(/edm\.pack: 6 images of 32×32×3, sha256 [0-9a-f]{64}$/);
    const packed = await openPacked(at('edm.pack'));
    const { images, labels } = packed.load();
    packed.close();
    const { data } = decodeNpy(fixtureBytes('cifar-nhwc.npy'));
    expect(Buffer.compare(images.data, data as Uint8Array)).toBe(0);
    expect([...(labels ?? [])]).toEqual([3, 1, 4, 1, 5, 9]);
    const info = await datasets('info', at('edm.pack'), '--verify');
    expect(info.out).toContain('packed file, "edm", 6 images of 32×32×3\n        2  1\n');
    expect(info.out).toContain(', verified');
    const found = JSON.parse((await datasets('info', at('edm.pack'), '--json')).out);
    expect(found).toMatchObject({ kind: 'packed file', count: 6, shape: [32, 32, 3] });
  });

  test("CIFAR-10's own archive, packed, is what its records say", async () => {
    const records = Buffer.alloc(10_000 * 3073);
    for (let i = 0; i < 10_000; i++) {
      records[i * 3073] = i % 10;
      records.fill(i % 256, i * 3073 + 1, (i + 1) * 3073);
    }
    mkdirSync(at('cifar-10-batches-bin'));
    writeFileSync(at('cifar-10-batches-bin/test_batch.bin'), records);
    const tar = spawnSync('tar', [
      '-czf',
      at('cifar-10-binary.tar.gz'),
      '-C',
      folder,
      'cifar-10-batches-bin',
    ]);
    expect(tar.status).toBe(0);
    const args = ['pack', at('cifar-10-binary.tar.gz'), at('cifar.pack'), '--split', 'test'];
    const { errors, out } = await datasets(...args);
    expect(errors).toBe('');
    expect(out).toContain('10000 images of 32×32×3');
    const packed = await openPacked(at('cifar.pack'));
    const { images, labels } = packed.load();
    packed.close();
    for (const i of [0, 1, 255, 256, 9999]) {
      expect([images.get(i, 0, 0, 0), images.get(i, 31, 31, 2), labels?.[i]]).toEqual([
        i % 256,
        i % 256,
        i % 10,
      ]);
    }
    expect((await datasets(...args, '--size', '16')).errors).toContain('must be left out for CIFAR');
    expect((await datasets(...args.slice(0, 4), 'train')).errors).toContain(
      'must hold 50000 images (train), got 0',
    );
    expect((await datasets('pack', at('mixed'), at('x.pack'), '--split', 'test')).errors).toContain(
      '--split must be left out for ',
    );
  });

  test('IDX, packed and looked at, is what the file says, with labels where they lie beside it', async () => {
    const idx = (shape: number[], body: number[]) =>
      Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...body]);
    writeFileSync(at('few-images-idx3-ubyte'), idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    expect((await datasets('info', at('few-images-idx3-ubyte'))).out).toMatch(
      /images, "few", 2 images of 2×3×1$/,
    );
    writeFileSync(at('few-labels-idx1-ubyte'), idx([2], [7, 1]));
    expect((await datasets('pack', at('few-images-idx3-ubyte'), at('few.pack'))).errors).toBe('');
    const packed = await openPacked(at('few.pack'));
    const { images, labels, allowsFlip } = packed.load();
    packed.close();
    expect([[...images.data], [...(labels ?? [])], allowsFlip]).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      [7, 1],
      false,
    ]);
    writeFileSync(at('few-labels-idx1-ubyte'), idx([1], [7]));
    expect((await datasets('info', at('few-images-idx3-ubyte'))).errors).toContain('must hold 2 labels as ');
  });

  test('a message of an option says its flag', async () => {
    expect((await datasets('pack', at('mixed'), at('x.pack'))).errors).toMatch(
      /convert it, or say --convert$/,
    );
  });

  test('leaves damaged pictures out on request, and names them at the end', async () => {
    mkdirSync(at('one-cut'));
    copyFileSync(fixture('pictures/rgb.png'), at('one-cut/a.png'));
    copyFileSync(at('cut/a.png'), at('one-cut/b.png'));
    writeFileSync(at('one-cut/notes.txt'), '');
    const flags = ['--workers', '0', '--skip-damaged'];
    const { out, errors, code } = await datasets('pack', at('one-cut'), at('one-cut.pack'), ...flags);
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toBe('1 pictures, 1 other file skipped: notes.txt');
    expect(errors).toMatch(/^1 damaged picture skipped:\n.*b\.png must be a whole PNG, got damage/);
    const { out: json } = await datasets('pack', at('one-cut'), at('one-cut.pack'), ...flags, '--json');
    expect(JSON.parse(json)).toMatchObject({
      skipped: ['notes.txt'],
      damaged: [{ path: at('one-cut/b.png') }],
    });
    expect((await datasets('info', at('one-cut'), '--moments', ...flags)).errors).toContain(
      '1 damaged picture',
    );
  });

  test('makes pictures smaller, cut and gray on request', async () => {
    const flags = ['--size', '20', '--crop', 'center', '--gray', '--convert', '--workers', '0', '--json'];
    const { out } = await datasets('pack', at('mixed'), at('small.pack'), ...flags);
    expect(JSON.parse(out)).toMatchObject({ count: 2, shape: [20, 20, 1] });
  });

  test.each([
    [['pack', 'empty', 'x.pack'], 'empty must hold pictures (PNG, JPEG), got none'],
    [['pack', 'nowhere', 'x.pack'], 'FROM must be a folder or an archive, got '],
    [['pack', 'cut', 'x.pack'], 'a.png must be a whole PNG, got damage'],
    [['pack', 'mixed', 'x.pack'], 'b.png must be rgb'],
    [['pack', 'mixed', 'no-folder/x.pack'], 'TO must be in a folder that can be written to'],
    [['pack', 'mixed', 'x.pack', '--size', '-1'], '--size must be a side in pixels or HEIGHTxWIDTH, got -1'],
    [
      ['pack', 'mixed', 'x.pack', '--crop', 'left'],
      '--crop must be one of center, center-lanczos, center-wide, center-dhariwal, got left',
    ],
    [['pack', 'mixed', 'x.pack', '--sizes', '1'], 'pack: unknown flag --sizes; did you mean --size?'],
    [['pack', 'mixed', 'x.pack', 'more'], 'pack: there must be at most 2 words (FROM, TO), got more as well'],
    [['info', 'nowhere'], 'PATH must be a folder or an archive, got '],
    [['pack', 'mixed', 'x.pack', '--crop', 'center', '--size'], '--size must have a value, got none'],
    [['fetch', 'cifar10', '--to='], '--to must have a value, got none'],
    [['pack', 'mixed', 'x.pack', '--label-column', 'x'], '--label-column must be left out for '],
  ])('refuses %j, and leaves no file', async ([command, from, ...rest], message) => {
    const paths = [from, ...rest].map((arg, i) =>
      i < (command === 'pack' ? 2 : 1) ? at(arg as string) : arg,
    );
    const { errors, code } = await datasets(command as string, ...(paths as string[]));
    // What is in a file is a failure; what was typed, a misuse.
    const isUsage = /^(pack: |--|FROM |TO |PATH )/.test(message);
    expect([code, errors]).toEqual([isUsage ? 2 : 1, expect.stringContaining(message)]);
    expect(existsSync(at('x.pack'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});
