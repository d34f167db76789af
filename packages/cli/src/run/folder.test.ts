import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderName, runFolder } from './folder.js';
import { WriteError } from './write-whole.js';

const newFolder = () => mkdtempSync(join(tmpdir(), 'folder-'));

test('files are written whole, under folders that are made for them, and nothing else is left', () => {
  const folder = runFolder(newFolder());
  folder.write('samples/a/1.png', Uint8Array.of(1, 2));
  folder.write('samples/a/1.png', Uint8Array.of(3));
  expect([...(folder.read('samples/a/1.png') ?? [])]).toEqual([3]);
  expect(readdirSync(folder.file('samples', 'a'))).toEqual(['1.png']);
  expect(folder.read('missing')).toBeUndefined();
});

test('what cannot be written says which file and what to do, and what was there stays', () => {
  const folder = runFolder(newFolder());
  mkdirSync(folder.file('config.json', 'in the way'), { recursive: true });
  expect(() => folder.write('config.json', '{}')).toThrow(WriteError);
  expect(() => folder.write('config.json', '{}')).toThrow(
    /config\.json must be a file that can be written, got/,
  );
  expect(readdirSync(folder.path)).toEqual(['config.json']);
});

test("a full disk's error names the file and says to free space", () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(new WriteError('/a/summary.json', full).message).toBe(
    '/a/summary.json must be a file that can be written, got ENOSPC: no space left on device, write; free some space on its disk',
  );
});

describe('links that lead out of the folder', () => {
  const other = newFolder();
  writeFileSync(join(other, 'mine'), 'secret');
  const folder = runFolder(newFolder());
  symlinkSync(other, folder.file('samples'));
  symlinkSync(join(other, 'mine'), folder.file('stats.jsonl'));

  test.each<[string, () => unknown]>([
    ['are not read', () => folder.read('samples/mine')],
    ['are not read as files', () => folder.read('stats.jsonl')],
    ['are not appended to', () => folder.append('stats.jsonl', 'x')],
    ['are not written through', () => folder.write('samples/new', 'x')],
  ])('%s', (_, act) => {
    expect(act).toThrow("must lie in the run's folder, got a link out of it");
    expect(readFileSync(join(other, 'mine'), 'utf8')).toBe('secret');
    expect(readdirSync(other)).toEqual(['mine']);
  });
});

test('a folder where a file should be is refused by name', () => {
  const folder = runFolder(newFolder());
  mkdirSync(folder.file('summary.json'));
  expect(() => folder.read('summary.json')).toThrow('summary.json must be a file');
});

test('the name of a run tells config, seed and time, and sorts by it', () => {
  expect(folderName('fashion-ddim', 3, new Date('2026-11-22T12:34:56Z'))).toBe(
    'fashion-ddim-seed3-2026-11-22-123456',
  );
});
