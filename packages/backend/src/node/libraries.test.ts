import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkSpace, isRecorded, librariesDamage, provideLibraries } from './libraries.js';
import type { InstallProgress } from './progress.js';
import { type Release, releaseName } from './releases.js';

const folder = mkdtempSync(join(tmpdir(), 'libraries-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

// test/fixtures/wheel.py: tensorflow/libtensorflow_cc.so.2 ("library" 100 times), tensorflow/libtensorflow_framework.so.2
// ("framework" 100 times), tensorflow/include/tensorflow/c/c_api.h ("header\n"), tensorflow/python/x.py.
const WHEEL = readFileSync(new URL('../../test/fixtures/wheel.zip', import.meta.url));
const release: Release = {
  variant: 'cpu',
  tensorflow: '1.0',
  wheels: [{ project: 'thing', version: '1.0', sha256: createHash('sha256').update(WHEEL).digest('hex') }],
  downloadBytes: 1e4,
  unpackedBytes: 1e4,
  // `find tensorflow -type f ! -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum`
  filesSha256: '9a9f2e050c59077c76c9ec48ecb1041811bfe321c5f93eb2010dcf9ec1a8b576',
};

let cache: string;
let site: string;
let libraries: string;
let main: string;
const told: string[] = [];
const onProgress = ({ stage, message }: InstallProgress) => void told.push(`${stage}: ${message}`);
const provide = () => provideLibraries(release, cache, onProgress);
/** A Python that "downloads" the wheel and counts how often. */
const downloads = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n').length - 1;

beforeEach(async () => {
  told.length = 0;
  cache = mkdtempSync(join(folder, 'cache-'));
  writeFileSync(join(folder, 'wheel.zip'), WHEEL);
  writeFileSync(join(folder, 'log'), 'calls\n');
  const python = join(folder, 'python');
  writeFileSync(
    python,
    `#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\necho "$@" >> ${join(folder, 'log')}\n` +
      `for a in "$@"; do case $a in --dest=*) cp ${join(folder, 'wheel.zip')} "\${a#--dest=}/t.whl";; esac; done\n`,
  );
  chmodSync(python, 0o755);
  vi.stubEnv('PYTHON', python);
  site = join(cache, releaseName(release));
  libraries = join(site, 'tensorflow');
  main = join(libraries, 'libtensorflow_cc.so.2');
  expect(await provide()).toBe(site);
  expect(downloads()).toBe(1);
});

/** Each way in which a file was found damaged, or that nobody would notice by its size. */
const DAMAGES: [string, () => void, RegExp][] = [
  [
    'a library that is cut short',
    () => truncateSync(main, 300),
    /libtensorflow_cc\.so\.2 is cut short: 300 bytes of 700/,
  ],
  [
    'a library that was written to',
    () => writeFileSync(main, 'Library'.repeat(100)),
    /was changed: its SHA-256/,
  ],
  [
    'a library that is longer',
    () => writeFileSync(main, 'library'.repeat(101)),
    /is too long: 707 bytes for 700/,
  ],
  ['a library that is gone', () => rmSync(main), /libtensorflow_cc\.so\.2 is missing/],
  [
    'the second library',
    () => truncateSync(join(libraries, 'libtensorflow_framework.so.2'), 0),
    /framework\.so\.2 is cut short: 0 bytes of 900/,
  ],
];

describe('librariesDamage', () => {
  it('finds nothing wrong with what came out of the wheel', () => {
    expect(isRecorded(libraries)).toBe(true);
    expect(librariesDamage(libraries, 'stamp')).toBeUndefined();
    expect(librariesDamage(libraries, 'hash')).toBeUndefined();
  });

  it.each(DAMAGES)('finds %s, at every start', (_, damage, expected) => {
    damage();
    expect(librariesDamage(libraries, 'stamp')).toMatch(expected);
    expect(librariesDamage(libraries, 'hash')).toMatch(expected);
  });

  it('reads the content where the times are others, and takes what is the same', () => {
    utimesSync(main, 1, 1);
    expect(librariesDamage(libraries, 'stamp')).toBeUndefined();
  });

  it('finds a change whose time was set back', () => {
    const { atime, mtime } = statSync(main);
    writeFileSync(main, 'Library'.repeat(100));
    utimesSync(main, atime, mtime);
    expect(librariesDamage(libraries, 'stamp')).toMatch(/was changed/);
  });

  it.runIf(process.platform === 'linux')('goes by the headers where there is no record', () => {
    rmSync(join(site, 'immiscible-files.json'));
    expect(isRecorded(libraries)).toBe(false);
    expect(librariesDamage(libraries, 'stamp')).toMatch(/libtensorflow_cc\.so\.2 is no ELF library/);
  });
});

describe('provideLibraries', () => {
  it('takes what is there and whole', async () => {
    await provide();
    expect(downloads()).toBe(1);
    expect(existsSync(join(libraries, 'python'))).toBe(false);
  });

  it.each([
    ...DAMAGES,
    [
      'a header',
      () => writeFileSync(join(libraries, 'include/tensorflow/c/c_api.h'), 'HEADER\n'),
      /c_api\.h was changed/,
    ] as const,
  ])('says and mends %s', async (_, damage, expected) => {
    damage();
    await provide();
    expect(told.find((line) => line.startsWith('check: '))).toMatch(expected);
    expect(downloads()).toBe(2);
    expect(librariesDamage(libraries, 'hash')).toBeUndefined();
    expect(readFileSync(main, 'utf8')).toBe('library'.repeat(100));
  });

  it('leaves the damage where it is, and names it, if it cannot be mended now', async () => {
    truncateSync(main, 1);
    vi.stubEnv('PYTHON', '/no/python');
    vi.stubEnv('PATH', folder);
    await expect(provide()).rejects.toThrow(
      /must be on the PATH.*\(needed because .*is cut short: 1 bytes of 700\)$/,
    );
    expect(statSync(main).size).toBe(1);
  });

  it('records what was unpacked without a record, by the pinned hash of all files', async () => {
    rmSync(join(site, 'immiscible-files.json'));
    await provide();
    expect(downloads()).toBe(1);
    expect(librariesDamage(libraries, 'stamp')).toBeUndefined();
    rmSync(join(site, 'immiscible-files.json'));
    truncateSync(main, 1);
    await provide();
    expect(told.find((line) => line.startsWith('check: '))).toMatch(
      /check: .* holds other files than the wheel; unpacking it anew/,
    );
    expect(downloads()).toBe(2);
  });

  it('goes by the pinned hash where the record itself is damaged', async () => {
    writeFileSync(join(site, 'immiscible-files.json'), '{"files": [');
    await provide();
    expect(downloads()).toBe(1);
    expect(isRecorded(libraries)).toBe(true);
  });
});

describe('checkSpace', () => {
  it('wants the space before anything is downloaded', async () => {
    await expect(checkSpace(folder, 1e18)).rejects.toThrow(
      /^installNative: .* must have 1000000000\.0 GB free, got [\d.]+ GB; free some, or .* IMMISCIBLE_CACHE$/,
    );
    await expect(checkSpace(dirname(folder), 1)).resolves.toBeUndefined();
  });
});
