import { createRng, type Rng } from '@immiscible/core';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readCifarBinary } from '../src/index.js';
import { decodePicture } from '../src/node/decode.js';
import { imageParquet, imageTar, imageZip, openPacked, packImages } from '../src/node/index.js';
import { fixture, fixtureBytes } from './fixture.js';

/** One to four random damages: a cut, a changed byte, a run of one value, a large number, a swapped piece. */
function damage(bytes: Uint8Array, rng: Rng): Uint8Array {
  let out = bytes.slice();
  for (let n = rng.integer(1, 5); n > 0; n--) {
    // Headers are short and at one of the ends: half of the damage goes there.
    const span = rng.integer(0, 2) === 0 ? Math.min(64, out.length) : out.length;
    const at = span === 0 ? 0 : rng.integer(0, span);
    const place = rng.integer(0, 4) === 0 ? Math.max(0, out.length - 1 - at) : at;
    const kind = rng.integer(0, 5);
    if (kind === 0) out = out.slice(0, place);
    else if (kind === 1 && place < out.length) out[place] = rng.integer(0, 256);
    else if (kind === 2) out.fill(rng.integer(0, 256), place, place + rng.integer(1, 16));
    else if (kind === 3) out.set([255, 255, 255, 127].slice(0, Math.max(0, out.length - place)), place);
    else out.copyWithin(place, rng.integer(0, out.length + 1), Math.min(out.length, place + 32));
  }
  return out;
}

const path = join(mkdtempSync(join(tmpdir(), 'datasets-')), 'damaged');
const onDisk = (read: () => Promise<unknown>) => async (bytes: Uint8Array) => {
  writeFileSync(path, bytes);
  await read();
};
const picture = { channels: 3, convert: true, maximumPixels: 1e6 } as const;
const packed = join(mkdtempSync(join(tmpdir(), 'datasets-')), 'six.pack');
const seeds: Record<string, () => Uint8Array | Promise<Uint8Array>> = {
  'CIFAR binary': () => fixtureBytes('cifar.bin'),
  tar: () => new Uint8Array(gunzipSync(fixtureBytes('pictures.tar.gz'))),
  'tar.gz': () => fixtureBytes('pictures.tar.gz'),
  zip: () => fixtureBytes('edm.zip'),
  parquet: () => fixtureBytes('hf.parquet'),
  png: () => fixtureBytes('pictures/rgb.png'),
  jpeg: () => fixtureBytes('pictures/rgb.jpg'),
  packed: async () => {
    const files = await imageZip(fixture('edm.zip'));
    await packImages(files, packed, { workers: 0 });
    await files.close();
    const { readFileSync } = await import('node:fs');
    return new Uint8Array(readFileSync(packed));
  },
};
const parsers: Record<string, (bytes: Uint8Array) => unknown> = {
  'CIFAR binary': (bytes) => readCifarBinary(bytes, { name: 'damaged' }),
  tar: onDisk(async () => {
    const files = await imageTar(path);
    for (const i of files.paths.keys()) expect((await files.read(i)).length).toBeLessThan(1e6);
  }),
  'tar.gz': onDisk(async () => {
    const files = await imageTar(path);
    for (const i of files.paths.keys()) expect((await files.read(i)).length).toBeLessThan(1e6);
  }),
  zip: onDisk(async () => {
    const zip = await imageZip(path);
    try {
      for (const i of zip.paths.keys()) await zip.read(i);
    } finally {
      await zip.close();
    }
  }),
  parquet: onDisk(async () => {
    const files = await imageParquet(path);
    try {
      for (const i of files.paths.slice(0, 10).keys()) await files.read(i);
    } finally {
      await files.close();
    }
  }),
  png: (bytes) => decodePicture(bytes, 'damaged', picture),
  jpeg: (bytes) => decodePicture(bytes, 'damaged', picture),
  packed: onDisk(async () => {
    const file = await openPacked(path);
    try {
      file.load();
    } finally {
      file.close();
    }
  }),
};

test.each(Object.keys(parsers))(
  '%s: 400 damaged files are read or refused by name, none crashes',
  async (kind) => {
    const rng = createRng(17).split(kind);
    const original = await (seeds[kind] as () => Uint8Array | Promise<Uint8Array>)();
    await (parsers[kind] as (bytes: Uint8Array) => unknown)(original.slice());
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const bytes = damage(original, rng);
      try {
        await (parsers[kind] as (bytes: Uint8Array) => unknown)(bytes);
      } catch (error) {
        refused++;
        expect(error, `damage ${i}`).toBeInstanceOf(RangeError);
        expect((error as Error).message, `damage ${i}`).toMatch(/damaged/);
      }
    }
    expect(refused).toBeGreaterThan(100);
  },
);
