import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { findCompiler } from './compile.js';
import { installNative } from './install.js';

const folder = mkdtempSync(join(tmpdir(), 'install-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllGlobals());

describe('installNative', () => {
  it('names the platform where there is no libtensorflow for it', async () => {
    vi.stubGlobal('process', { ...process, platform: 'darwin', arch: 'arm64', report: process.report });
    await expect(installNative({ cache: folder })).rejects.toThrow(
      /^installNative: the platform must be Linux x64 with glibc, got darwin arm64; use the wasm backend/,
    );
  });

  it('refuses options that do not exist', async () => {
    await expect(installNative({ cuda: true } as never)).rejects.toThrow(
      /^installNative: options has no key "cuda"; its keys are gpu, force, cache, instructionSet, onProgress$/,
    );
  });

  it('refuses an instruction set that it does not know', async () => {
    await expect(installNative({ instructionSet: 'x86-64-v9' })).rejects.toThrow(
      'installNative: instructionSet must be one of native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4, got "x86-64-v9"',
    );
  });

  it('names the compiler that is missing', async () => {
    await expect(findCompiler({ PATH: folder })).rejects.toThrow(
      /a C\+\+17 compiler must be on the PATH, got no working g\+\+; install one \(.*apt-get install g\+\+\)/,
    );
    await expect(findCompiler({ PATH: folder, CXX: '/no/such' })).rejects.toThrow('got no working /no/such');
  });
});
