import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { recordFile } from './file-record.js';
import { provideKernels } from './kernels.js';
import { kernelsState, type KernelsRecord, recordPath } from './kernels-state.js';
import { kernelsPath } from './packages.js';
import { processorKey } from './processor.js';

const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** A package with kernels of some bytes and a record of them. */
function packageWith(name: string, record: Partial<KernelsRecord>): string {
  const at = join(folder, name);
  const addon = kernelsPath(at);
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(addon, 'kernels');
  const file = recordFile(dirname(addon), 'immiscible_kernels.node');
  const whole = { key: 'k', instructionSet: 'native', processor: processorKey(), names: ['A'], file };
  writeFileSync(recordPath(at), JSON.stringify({ ...whole, ...record }));
  return at;
}

describe('kernels that were built', () => {
  it('are there if nothing has changed', () => {
    expect(kernelsState(packageWith('whole', {}))).toEqual({ names: ['A'] });
  });

  it('are left out where they were built for another processor', () => {
    expect(kernelsState(packageWith('other', { processor: 'another' }))).toEqual({
      names: [],
      reason: 'built for another processor',
    });
    expect(kernelsState(packageWith('portable', { processor: 'another', instructionSet: 'x86-64' }))).toEqual(
      {
        names: ['A'],
      },
    );
  });

  it('are left out where the file is damaged', () => {
    const at = packageWith('damaged', {});
    writeFileSync(kernelsPath(at), 'kernelz');
    expect(kernelsState(at).reason).toMatch(/was changed: its SHA-256 is not the recorded one$/);
    rmSync(kernelsPath(at));
    expect(kernelsState(at).reason).toMatch(/is missing$/);
  });

  it('say what to run where there are none', () => {
    expect(kernelsState(join(folder, 'nowhere')).reason).toContain('npx @immiscible/backend install');
  });
});

describe('provideKernels', () => {
  /** Stands for a compiler: counts its calls, and fails when it is to build. */
  const log = join(folder, 'calls');
  const compiler = join(folder, 'fake-g++');
  writeFileSync(
    compiler,
    `#!/bin/sh\n[ "$1" = --version ] && { echo "fake 1.0"; exit 0; }\necho build >> ${log}\necho "no such header" >&2\nexit 1\n`,
  );
  chmodSync(compiler, 0o755);
  const options = (name: string) => ({
    target: { name: 'none', version: '4.22.0', folder: join(folder, name), addon: undefined },
    ...{ libraries: folder, cache: folder, instructionSet: 'native', force: false, onProgress: () => {} },
  });
  const builds = () => readFileSync(log, 'utf8').trim().split('\n').length;
  mkdirSync(dirname(kernelsPath(join(folder, 'fails'))), { recursive: true });

  it('names the compiler that is missing, and goes on without', async () => {
    vi.stubEnv('CXX', '/no/such');
    const { names, reason } = await provideKernels(options('fails'));
    expect(names).toEqual([]);
    expect(reason).toBe('a C++17 compiler must be on the PATH, got no working /no/such');
  });

  it('says what the compiler said, and does not try again until something changes', async () => {
    vi.stubEnv('CXX', compiler);
    const first = await provideKernels(options('fails'));
    expect(first.names).toEqual([]);
    expect(first.reason).toMatch(/must build the addon, got exit code 1 \(no such header\)$/);
    expect(await provideKernels(options('fails'))).toEqual(first);
    expect(builds()).toBe(1);
    await provideKernels({ ...options('fails'), force: true });
    expect(builds()).toBe(2);
    await provideKernels({ ...options('fails'), instructionSet: 'x86-64-v3' });
    expect(builds()).toBe(3);
  });
});
