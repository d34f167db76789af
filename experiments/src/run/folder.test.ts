import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.js';
import {
  createRunFolder,
  defaultFolder,
  latestRun,
  openRunFolder,
  pointLatest,
  runFolder,
} from './folder.js';

const parent = mkdtempSync(join(tmpdir(), 'folder-'));

describe('createRunFolder', () => {
  test('makes it with its parents, and leaves nothing in it', () => {
    const { path } = createRunFolder(join(parent, 'a', 'b'), 1e6);
    expect(readdirSync(path)).toEqual([]);
  });

  test('refuses what cannot be a folder', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => createRunFolder(join(parent, 'file', 'x'), 1)).toThrow(UsageError);
    expect(() => createRunFolder(join(parent, 'file'), 1)).toThrow('--out must be a folder that can be made');
  });

  test('refuses a disk without room before anything is written, and says how much is needed', () => {
    const path = join(parent, 'full');
    expect(() => createRunFolder(path, 1e18)).toThrow(
      /must have 1000000000000 MB free for checkpoints, got .* MB/,
    );
    expect(readdirSync(path)).toEqual([]);
  });

  test('refuses the folder of another run, which stays as it was', () => {
    const path = join(parent, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), 'x');
    expect(() => createRunFolder(path, 1)).toThrow(`continue it with --resume ${path}`);
    expect(readFileSync(join(path, 'config.json'), 'utf8')).toBe('x');
  });

  test('a folder without a config is no run to go on with', () => {
    expect(() => openRunFolder(join(parent, 'a', 'b'), 1)).toThrow('must hold a config.json');
    expect(openRunFolder(join(parent, 'taken'), 1).path).toBe(join(parent, 'taken'));
  });
});

test('files are written whole, under folders that are made for them', () => {
  const folder = createRunFolder(join(parent, 'write'), 1);
  folder.write('samples/a/1.png', Uint8Array.of(1, 2));
  folder.write('samples/a/1.png', Uint8Array.of(3));
  expect([...(folder.read('samples/a/1.png') ?? [])]).toEqual([3]);
  expect(readdirSync(folder.file('samples', 'a'))).toEqual(['1.png']);
  expect(folder.read('missing')).toBeUndefined();
});

test('the name of a run tells config, seed and time, and sorts by it', () => {
  expect(defaultFolder('fashion-ddim', 3, new Date('2026-11-22T12:34:56Z'))).toBe(
    join('runs', 'fashion-ddim-seed3-2026-11-22-123456'),
  );
});

test('latest points at the last run, and is what --resume latest takes', () => {
  const root = join(parent, 'runs');
  expect(() => latestRun(root)).toThrow(UsageError);
  for (const name of ['first', 'second']) {
    const folder = createRunFolder(join(root, name), 1);
    folder.write('config.json', '{}');
    pointLatest(folder);
  }
  expect(readlinkSync(join(root, 'latest'))).toBe('second');
  expect(runFolder(latestRun(root)).read('config.json')?.toString()).toBe('{}');
});
