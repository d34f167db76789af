import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { KERNEL_FLAGS } from '../src/node/compile.js';
import { missingFeature } from '../src/node/processor.js';

const source = fileURLToPath(new URL('../native/test/kernels-test.cc', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'native-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

const compiler = process.env['CXX'] ?? 'g++';
const canCompile = spawnSync(compiler, ['--version']).status === 0;
const has = (set: string) => process.arch === 'x64' && missingFeature(set) === undefined;

function build(name: string, ...flags: string[]): string {
  const target = join(folder, name);
  const { status, stderr } = spawnSync(compiler, [
    '-std=c++17',
    ...flags,
    '-w',
    source,
    '-o',
    target,
    '-lpthread',
  ]);
  expect(status, String(stderr)).toBe(0);
  return target;
}

/** Runs the checks of `native/test/kernels-test.cc` on random shapes; a hash of all results' bits. */
function check(program: string, shapes: number, threads?: number): string {
  const env = { ...process.env, ...(threads ? { IMMISCIBLE_KERNEL_THREADS: String(threads) } : {}) };
  const { status, stdout, stderr } = spawnSync(program, [String(shapes)], { env, encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toContain('0 failures');
  expect(status, stderr).toBe(0);
  return stdout.trim().split('\n').at(-1) as string;
}

describe.skipIf(!canCompile)('the kernels alone', { timeout: 300_000 }, () => {
  let bits: string;
  let native: string;

  it('compute what float64 does, on 2,000 random shapes', () => {
    native = build('native', '-O2', '-march=native', '-ffp-contract=off');
    expect(KERNEL_FLAGS).toContain('-ffp-contract=off');
    check(native, 2000);
  });

  it('give the same bits with any number of threads', () => {
    bits = check(native, 40, 1);
    for (const threads of [2, 3, 16]) expect(check(native, 40, threads)).toBe(bits);
  });

  it.skipIf(!has('x86-64-v3'))('give the same bits with AVX2 and with what this processor has', () => {
    expect(check(build('v3', '-O1', '-march=x86-64-v3', '-ffp-contract=off'), 40)).toBe(bits);
  });

  it('touch no memory that is not theirs, and leave nothing undefined', () => {
    check(build('address', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'), 60);
  });

  it('have no race', () => {
    check(build('thread', '-O1', '-fsanitize=thread'), 20, 4);
  });
});
