import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { recordFile } from './file-record.js';
import { engineDamage, isKnown, readMarker, writeMarker } from './marker.js';
import { loadNative } from './load-native.js';
import { addonPath, quietPath } from './packages.js';

const folder = mkdtempSync(join(tmpdir(), 'marker-'));
afterAll(() => rmSync(folder, { recursive: true }));
const addon = addonPath(folder);
const site = join(folder, 'site');
const libraries = join(site, 'tensorflow');
const library = join(libraries, 'libtensorflow_cc.so.2');

/** 64 bytes that say they are an ELF file of nothing but its header. */
const ELF = Buffer.alloc(64);
ELF.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);

beforeEach(async () => {
  mkdirSync(dirname(addon), { recursive: true });
  mkdirSync(libraries, { recursive: true });
  for (const path of [addon, quietPath(folder), library]) writeFileSync(path, ELF);
  const files = [recordFile(site, 'tensorflow/libtensorflow_cc.so.2')];
  writeFileSync(join(site, 'immiscible-files.json'), JSON.stringify({ files }));
  await writeMarker(folder, { tensorflow: '2.21.0', variant: 'cpu', libraries });
});

describe('engineDamage', () => {
  it('finds nothing wrong with an engine that is as it was put there', () => {
    const marker = readMarker(addon);
    expect(marker).toMatchObject({ tensorflow: '2.21.0', variant: 'cpu', libraries });
    expect(marker && isKnown(marker)).toBe(true);
    expect(engineDamage(folder, 'stamp')).toBeUndefined();
    expect(engineDamage(folder, 'hash')).toBeUndefined();
  });

  it.each([
    ['the addon cut short', () => truncateSync(addon, 10), /tfjs_binding\.node is cut short: 10 bytes of 64/],
    ['the addon changed', () => writeFileSync(addon, Buffer.alloc(64)), /tfjs_binding\.node was changed/],
    ['the addon that keeps it quiet', () => truncateSync(quietPath(folder), 10), /quiet\.node is cut short/],
    ['a library', () => truncateSync(library, 10), /libtensorflow_cc\.so\.2 is cut short: 10 bytes of 64/],
    [
      'libraries that are gone',
      () => rmSync(site, { recursive: true }),
      /libtensorflow_cc\.so\.2 is missing/,
    ],
  ])('finds %s, and nothing is loaded', (_, damage, expected) => {
    damage();
    expect(engineDamage(folder, 'stamp')).toMatch(expected);
    const found = { name: '@tensorflow/tfjs-node-gpu', version: '4.22.0', folder, addon } as const;
    expect(() => loadNative(found)).toThrow(/^loadNative: .*; run `npx @immiscible\/backend install`$/);
  });

  it.runIf(process.platform === 'linux')('finds a stock build that is cut short by its own headers', () => {
    rmSync(join(dirname(addon), 'immiscible.json'));
    expect(engineDamage(folder, 'stamp')).toBeUndefined();
    const stock = join(folder, 'deps', 'lib');
    mkdirSync(stock, { recursive: true });
    writeFileSync(join(stock, 'libtensorflow.so.2'), ELF.subarray(0, 20));
    expect(engineDamage(folder, 'stamp')).toMatch(/libtensorflow\.so\.2 is no ELF library/);
  });

  it('knows no engine by a marker that does not say what its files are', () => {
    writeFileSync(
      join(dirname(addon), 'immiscible.json'),
      JSON.stringify({ tensorflow: '2.21.0', variant: 'cpu', addon, libraries, bytes: 64 }),
    );
    const marker = readMarker(addon);
    expect(marker && isKnown(marker)).toBe(false);
  });
});
