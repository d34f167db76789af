import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { downloadWheels, findPip } from './download.js';
import type { Release } from './releases.js';

const folder = mkdtempSync(join(tmpdir(), 'download-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with shell scripts in the place of programs. */
function programs(name: string, scripts: Record<string, string>): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const [program, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, program), 0o755);
  }
  return bin;
}

const content = 'a wheel';
const release: Release = {
  variant: 'cpu',
  tensorflow: '1.0',
  wheels: [{ project: 'thing', version: '1.0', sha256: createHash('sha256').update(content).digest('hex') }],
  downloadBytes: 1e6,
  unpackedBytes: 0,
};
/** Writes what it was called with, and `body` in the place of a wheel. */
const fakePip = (body: string, log: string) =>
  `echo "$@" >> ${log}; for a in "$@"; do case $a in --dest=*) printf '${body}' > "\${a#--dest=}/t.whl";; esac; done`;

describe('findPip', () => {
  it('takes the Python that PYTHON names', async () => {
    const bin = programs('python', { mine: 'exit 0' });
    const python = join(bin, 'mine');
    expect(await findPip({ PATH: '/bin', PYTHON: python })).toEqual([python, '-m', 'pip']);
  });

  it('takes pip3 where there is no Python of its own', async () => {
    expect(await findPip({ PATH: programs('pip3', { pip3: 'exit 0' }) })).toEqual(['pip3']);
  });

  it('says which of Python and pip is missing, and how to get it', async () => {
    const python = programs('no-pip', { python3: 'exit 1' });
    await expect(findPip({ PATH: python })).rejects.toThrow(
      /^installNative: pip must be there, got python3 without it; install it \(.*apt-get install python3-pip\)$/,
    );
    await expect(findPip({ PATH: programs('none', {}) })).rejects.toThrow(
      /Python 3 with pip must be on the PATH/,
    );
  });
});

describe('downloadWheels', () => {
  it('pins version and hash, and the platform whatever Python pip runs on', async () => {
    const log = join(folder, 'good.log');
    const bin = programs('good', { pip: fakePip(content, log) });
    const fractions: number[] = [];
    const into = join(folder, 'good-wheels');
    const paths = await downloadWheels(release, {
      folder: into,
      pip: [join(bin, 'pip')],
      onProgress: ({ fraction }) => void fractions.push(fraction as number),
    });
    expect(paths).toEqual([join(into, 't.whl')]);
    expect(fractions[0]).toBeLessThan(1);
    const call = readFileSync(log, 'utf8');
    for (const flag of [
      '--no-deps',
      '--require-hashes',
      '--python-version=3.12',
      '--platform=manylinux_2_27_x86_64',
    ]) {
      expect(call).toContain(flag);
    }
    expect(readFileSync(join(into, 'requirements.txt'), 'utf8')).toBe(
      `thing==1.0 --hash=sha256:${release.wheels[0]?.sha256}\n`,
    );

    // A second run, as after an interruption, downloads nothing.
    await downloadWheels(release, { folder: into, pip: [join(bin, 'pip')], onProgress: () => {} });
    expect(readFileSync(log, 'utf8')).toBe(call);
  });

  it.each([
    [
      'another file than the pinned one',
      fakePip('other', '/dev/null'),
      /thing 1\.0 must be in .* with its pinned SHA-256/,
    ],
    [
      "pip's complaint about a hash",
      'echo "THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1',
      /must have the pinned SHA-256/,
    ],
    [
      'no network',
      'echo "NewConnectionError: failed" >&2; exit 1',
      /pip must reach a package index.*check the network/,
    ],
    ['anything else', 'echo strange >&2; exit 1', /pip download must succeed, got an error; see its output$/],
  ])('explains %s', async (what, script, expected) => {
    const bin = programs(what.replaceAll(/\W/g, '-'), { pip: script });
    const into = join(folder, `${what.replaceAll(/\W/g, '-')}-wheels`);
    const failed = await downloadWheels(release, {
      folder: into,
      pip: [join(bin, 'pip')],
      onProgress: () => {},
    }).catch((e: unknown) => e);
    expect((failed as Error).message).toMatch(expected);
    if (what === 'anything else') expect((failed as Error).cause).toBe('strange');
  });
});
