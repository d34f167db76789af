import { expect, test } from 'vitest';
import { cli } from './cli.js';

test.each([
  [['data', '--help'], 0, /@immiscible\/datasets[^]*\bfetch\b/],
  [['fid', '--help'], 0, /@immiscible\/metrics-fid[^]*--extractor/],
  [['engine', '--help'], 0, /@immiscible\/backend[^]*\bdoctor\b/],
  [['--help'], 0, /\bcompare\b[^]*\bdata\b[^]*\bfid\b[^]*\bengine\b/],
])('immiscible %j', async (argv, code, pattern) => {
  const ended = await cli(argv);
  expect(ended.stdout + ended.stderr).toMatch(pattern);
  expect(ended.code).toBe(code);
});

test('what another package refuses is refused here', async () => {
  const { code, stderr } = await cli(['data', 'info', 'nowhere']);
  expect(stderr).toContain('nowhere');
  expect(code).toBeGreaterThan(0);
});
