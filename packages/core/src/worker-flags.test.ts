import { describe, expect, it } from 'vitest';
import { workerFlags } from './worker-flags.js';

// What each flag means: https://nodejs.org/docs/latest-v20.x/api/cli.html
describe('workerFlags', () => {
  it('are all of them, where the process runs a file', () => {
    expect(workerFlags([])).toBeUndefined();
    expect(workerFlags(['--max-old-space-size=4096', '--conditions', 'source'])).toBeUndefined();
  });

  it.each([
    [['--input-type=module', '-e', 'text'], []],
    [['--input-type', 'module', '--eval', 'text'], []],
    [['-pe', 'text', '--max-old-space-size=4096'], []],
    [
      ['--conditions', 'source', '--eval=text'],
      ['--conditions', 'source'],
    ],
    [
      ['--import=./hooks.js', '--enable-source-maps', '--test'],
      ['--import=./hooks.js', '--enable-source-maps'],
    ],
  ])('of %j are those that find modules: %j', (given, kept) => {
    expect(workerFlags(given)).toEqual(kept);
  });
});
