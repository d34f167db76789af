import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readIdx } from './idx.js';

/** 2×3 bytes, written by hand from the format's description. */
const bytes = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);

describe('readIdx', () => {
  test('reads shape and bytes', async () => {
    const array = await readIdx(bytes);
    expect(array.shape).toEqual([2, 3]);
    expect(array.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
    expect(array.get(1, 2)).toBe(255);
  });

  test('reads gzipped files', async () => {
    expect((await readIdx(gzipSync(bytes))).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
  });

  test('copies: writing to the result leaves the file as it was, also where it lies within a larger buffer', async () => {
    const larger = new Uint8Array(100);
    larger.set(bytes, 41);
    const array = await readIdx(larger.subarray(41, 41 + bytes.length));
    expect(array.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
    array.set(0, 0, 77);
    expect(larger[53]).toBe(1);
  });

  test.each([
    [0x09, [0x80], Int8Array.of(-128)],
    [0x0b, [0xff, 0xfe], Int16Array.of(-2)],
    [0x0c, [0x00, 0x01, 0x00, 0x00], Int32Array.of(65536)],
    [0x0d, [0x3f, 0xc0, 0x00, 0x00], Float32Array.of(1.5)],
    [0x0e, [0xc0, 0x04, 0, 0, 0, 0, 0, 0], Float64Array.of(-2.5)],
  ])('reads big-endian elements of type %i', async (type, element, expected) => {
    const array = await readIdx(Uint8Array.of(0, 0, type, 1, 0, 0, 0, 1, ...element));
    expect(array.data).toEqual(expected);
  });

  test('reads a file without elements', async () => {
    expect((await readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0))).shape).toEqual([0]);
  });

  test('says how many bytes a truncated or overlong file must hold', async () => {
    await expect(readIdx(bytes.subarray(0, 17), { name: 'images' })).rejects.toThrow(
      /^readIdx: images must hold 18 bytes, as its header says \(shape \[2,3\]\), got 17/,
    );
    await expect(readIdx(Uint8Array.of(...bytes, 0))).rejects.toThrow(RangeError);
  });

  test('refuses what is not IDX, showing how it starts', async () => {
    await expect(readIdx(new TextEncoder().encode('<html>'))).rejects.toThrow(
      /must be an IDX file .* got 6 bytes that start with "3c 68 74 6d"/,
    );
    await expect(readIdx(Uint8Array.of(0, 0, 0x0a, 1, 0, 0, 0, 0))).rejects.toThrow(RangeError);
    await expect(readIdx(new Uint8Array(0))).rejects.toThrow(RangeError);
    // The header itself cut off.
    await expect(readIdx(bytes.subarray(0, 9))).rejects.toThrow(RangeError);
  });

  test('unpacks no more than is allowed', async () => {
    process.env['IMMISCIBLE_MAX_BYTES'] = '1000000';
    try {
      await expect(readIdx(gzipSync(new Uint8Array(20_000_000)), { name: 'x.gz' })).rejects.toThrow(
        /x\.gz must be a whole gzip file.*more than 1000000 bytes; the environment variable IMMISCIBLE_MAX_BYTES/,
      );
    } finally {
      delete process.env['IMMISCIBLE_MAX_BYTES'];
    }
  });

  test('says where a gzip file is cut off or damaged', async () => {
    const zipped = gzipSync(bytes);
    await expect(readIdx(zipped.subarray(0, zipped.length - 9), { name: 'x.gz' })).rejects.toThrow(
      /^readIdx: x\.gz must be a whole gzip file, got \d+ bytes of which \d+ could be unpacked \(.+\)/,
    );
    const damaged = Uint8Array.from(zipped);
    damaged[zipped.length - 6] = (damaged[zipped.length - 6] as number) ^ 1; // its CRC-32
    await expect(readIdx(damaged)).rejects.toThrow(RangeError);
  });
});
