import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { createRunFolder, openRunFolder } from './claim-folder.js';

const parent = mkdtempSync(join(tmpdir(), 'claim-'));

describe('createRunFolder', () => {
  test('makes it with its parents; what is given back without a run leaves nothing of it', () => {
    const claimed = createRunFolder(join(parent, 'a', 'b'), 1e6);
    expect(readdirSync(claimed.folder.path).sort()).toEqual(['.reserve', 'run.lock']);
    mkdirSync(claimed.folder.file('checkpoints', 'twin'), { recursive: true });
    claimed.release();
    claimed.release();
    expect(existsSync(join(parent, 'a'))).toBe(false);
    expect(existsSync(parent)).toBe(true);
  });

  test('a run that has begun stays', () => {
    const { folder, release } = createRunFolder(join(parent, 'begun'), 1);
    folder.write('config.json', '{}');
    release();
    expect(readdirSync(folder.path)).toEqual(['config.json']);
  });

  test("what was there before stays, the user's empty folders too", () => {
    const path = join(parent, 'mine');
    mkdirSync(join(path, 'checkpoints', 'old'), { recursive: true });
    writeFileSync(join(path, 'notes.md'), 'x');
    writeFileSync(join(path, '.write-test'), 'x');
    createRunFolder(path, 1).release();
    expect(readdirSync(path).sort()).toEqual(['.write-test', 'checkpoints', 'notes.md']);
    expect(readdirSync(join(path, 'checkpoints'))).toEqual(['old']);
  });

  test('refuses what cannot be a folder', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => createRunFolder(join(parent, 'file', 'x'), 1)).toThrow(UsageError);
    expect(() => createRunFolder(join(parent, 'file'), 1)).toThrow('--out must be a folder that can be made');
  });

  test('refuses a disk without room before anything is written, says how much is needed, and leaves nothing', () => {
    const path = join(parent, 'full');
    expect(() => createRunFolder(path, 1e18)).toThrow(
      /must have 1000000000000 MB free for checkpoints, got .* MB/,
    );
    expect(existsSync(path)).toBe(false);
  });

  test('refuses the folder of another run, which stays as it was', () => {
    const path = join(parent, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), 'x');
    expect(() => createRunFolder(path, 1)).toThrow(`continue it with --resume ${path}`);
    expect(readFileSync(join(path, 'config.json'), 'utf8')).toBe('x');
    expect(readdirSync(path)).toEqual(['config.json']);
  });

  test.each([
    'report.html',
    'summary.json',
    'stats.jsonl',
    join('samples', 'real.png'),
    join('checkpoints', 'a'),
  ])('refuses a folder whose %s the run would overwrite', (name) => {
    const path = mkdtempSync(join(parent, 'own-'));
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), 'mine');
    expect(() => createRunFolder(path, 1)).toThrow(/which has .* that the run would overwrite/);
    expect(readFileSync(join(path, name), 'utf8')).toBe('mine');
  });

  test("refuses the link's own name", () => {
    expect(() => createRunFolder('runs/latest', 1)).toThrow('--out must be another name than runs/latest');
  });

  test('refuses a folder that a run is written to', () => {
    const path = join(parent, 'held');
    const { release } = createRunFolder(path, 1);
    expect(() => createRunFolder(path, 1)).toThrow("the run's folder must be free");
    release();
    createRunFolder(path, 1).release();
  });
});

test('a folder without a config is no run to go on with', () => {
  const path = mkdtempSync(join(parent, 'open-'));
  expect(() => openRunFolder(path, 1)).toThrow('must hold a config.json');
  writeFileSync(join(path, 'config.json'), 'x');
  const { folder, release } = openRunFolder(path, 1);
  expect(folder.path).toBe(path);
  release();
  expect(readdirSync(path)).toEqual(['config.json']);
});
