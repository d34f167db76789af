import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { latestRun, linked, pointLatest } from './latest.js';

const fail = (text: string) => expect.fail(text);

function newRoot(...runs: string[]): string {
  const root = join(realpathSync(mkdtempSync(join(tmpdir(), 'latest-'))), 'runs');
  mkdirSync(root);
  for (const name of runs) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'config.json'), '{}');
  }
  return root;
}

describe('latest', () => {
  test('points at the last run, and what it gives is the run itself, not the link', () => {
    const root = newRoot('first', 'second');
    for (const name of ['first', 'second']) pointLatest(join(root, name), root);
    expect(readlinkSync(join(root, 'latest'))).toBe('second');
    expect(latestRun(fail, root)).toBe(join(root, 'second'));
    // As a resume does.
    pointLatest(latestRun(fail, root), root);
    expect(readlinkSync(join(root, 'latest'))).toBe('second');
    expect(linked(join(root, 'latest'))).toBe(join(root, 'second'));
    expect(readdirSync(root).sort()).toEqual(['first', 'latest', 'second']);
  });

  test.each(['latest', 'gone'])('a link to %s is mended', (target) => {
    const root = newRoot('first');
    symlinkSync(target, join(root, 'latest'));
    pointLatest(join(root, 'first'), root);
    expect(readlinkSync(join(root, 'latest'))).toBe('first');
  });

  test('without a link the newest is taken by its time, not by its name, and said', () => {
    const root = newRoot('z-old', 'a-new');
    utimesSync(join(root, 'z-old', 'config.json'), 1, 1);
    const notes: string[] = [];
    expect(latestRun((note) => notes.push(note), root)).toBe(join(root, 'a-new'));
    expect(notes).toEqual([
      expect.stringMatching(/latest points at no run; the newest by its time is .*a-new/),
    ]);
  });

  test('no run is said', () => {
    expect(() => latestRun(fail, newRoot())).toThrow(UsageError);
    expect(() => latestRun(fail, join(newRoot(), 'none'))).toThrow('latest must be a run in');
  });
});

describe("what is called latest and isn't ours stays", () => {
  test('a file', () => {
    const root = newRoot('run');
    writeFileSync(join(root, 'latest'), 'my notes');
    expect(pointLatest(join(root, 'run'), root)).toContain('is no link to a run and is left as it is');
    expect(readFileSync(join(root, 'latest'), 'utf8')).toBe('my notes');
  });

  test('a folder, and a link to elsewhere or to a folder without a run', () => {
    const root = newRoot('run');
    mkdirSync(join(root, 'latest'));
    expect(pointLatest(join(root, 'run'), root)).toBeDefined();
    expect(lstatSync(join(root, 'latest')).isDirectory()).toBe(true);
    for (const target of [tmpdir(), 'plain']) {
      const other = newRoot('run');
      mkdirSync(join(other, 'plain'));
      symlinkSync(target, join(other, 'latest'));
      expect(pointLatest(join(other, 'run'), other)).toBeDefined();
      expect(readlinkSync(join(other, 'latest'))).toBe(target);
    }
  });

  test('beside a run that is not in runs/', () => {
    const root = newRoot('run');
    expect(pointLatest(join(root, 'run'), join(root, 'runs'))).toBeUndefined();
    expect(readdirSync(root)).toEqual(['run']);
  });
});
