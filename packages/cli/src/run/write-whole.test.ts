import { linkSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { writeWhole } from './write-whole.js';

const calls = vi.hoisted((): string[] => []);
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    fsyncSync: (file: number) => {
      calls.push(fs.fstatSync(file).isDirectory() ? 'the folder is on the disk' : 'the file is on the disk');
      fs.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      calls.push('it gets its name');
      fs.renameSync(from, to);
    },
  };
});

const path = join(mkdtempSync(join(tmpdir(), 'write-whole-')), 'summary.json');

test('what was there is not written over: another takes its name', () => {
  writeWhole(path, 'earlier');
  linkSync(path, `${path}.old`);
  writeWhole(path, 'later');
  expect(readFileSync(`${path}.old`, 'utf8')).toBe('earlier');
  expect(readFileSync(path, 'utf8')).toBe('later');
});

// POSIX promises nothing of what a renamed file holds after a power cut unless it was put on the disk before.
test.skipIf(process.platform === 'win32')('a file is on the disk before it gets its name', () => {
  calls.length = 0;
  writeWhole(path, 'last');
  expect(calls).toEqual(['the file is on the disk', 'it gets its name', 'the folder is on the disk']);
});
