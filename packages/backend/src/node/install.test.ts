import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { findCompiler } from './compile.js';
import { checkSpace, installNative, readMarker } from './install.js';

const folder = mkdtempSync(join(tmpdir(), 'install-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllGlobals());

describe('installNative', () => {
  it('names the platform where there is no libtensorflow for it', async () => {
    vi.stubGlobal('process', { ...process, platform: 'darwin', arch: 'arm64', report: process.report });
    await expect(installNative({ cache: folder })).rejects.toThrow(
      /^backend install: the platform must be Linux x64 with glibc, got darwin arm64; use the wasm backend/,
    );
  });

  it('wants the space before it downloads', async () => {
    await expect(checkSpace(folder, 1e18)).rejects.toThrow(
      /^backend install: .* must have 1000000000\.0 GB free, got [\d.]+ GB; free some, or .* IMMISCIBLE_CACHE$/,
    );
    await expect(checkSpace(folder, 1)).resolves.toBeUndefined();
  });

  it('names the compiler that is missing', async () => {
    await expect(findCompiler({ PATH: folder })).rejects.toThrow(
      /a C\+\+17 compiler must be on the PATH, got no working g\+\+; install one \(.*apt-get install g\+\+\)/,
    );
    await expect(findCompiler({ PATH: folder, CXX: '/no/such' })).rejects.toThrow('got no working /no/such');
  });
});

describe('readMarker', () => {
  const addon = join(folder, 'addon.node');
  const libraries = join(folder, 'libraries');
  const write = (bytes: number) => {
    mkdirSync(libraries, { recursive: true });
    writeFileSync(join(libraries, 'libtensorflow_cc.so.2'), '');
    writeFileSync(addon, 'addon');
    writeFileSync(
      join(folder, 'immiscible.json'),
      JSON.stringify({ tensorflow: '2.21.0', variant: 'cpu', addon, libraries, bytes }),
    );
  };

  it('knows an engine that is whole', async () => {
    write(5);
    expect(await readMarker(addon)).toMatchObject({ tensorflow: '2.21.0', variant: 'cpu' });
  });

  it('does not know one whose addon was replaced, or whose libraries are gone', async () => {
    write(6);
    expect(await readMarker(addon)).toBeUndefined();
    write(5);
    rmSync(libraries, { recursive: true });
    expect(await readMarker(addon)).toBeUndefined();
  });
});
