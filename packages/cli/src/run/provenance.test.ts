import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gitState } from './provenance.js';

test('the commit is that of the checkout of the code, not of a project that it is installed in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provenance-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  writeFileSync(join(folder, 'a'), '');
  git('add', 'a');
  git('commit', '--quiet', '--message=a');
  const installed = join(folder, 'node_modules', '@immiscible', 'cli', 'dist', 'run');
  mkdirSync(installed, { recursive: true });
  expect(gitState(folder)).toEqual({ commit: git('rev-parse', 'HEAD').trim(), dirty: false });
  expect(gitState(installed)).toBeNull();
});
