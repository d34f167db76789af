import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixtureBytes } from '../test/fixture.js';
import { decodeCsv } from './csv.js';
import { decodeIdx } from './idx.js';
import { gunzip } from './inflate.js';

describe('decodeIdx', () => {
  it.each([
    [
      'uint8',
      [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255],
      [2, 3],
      Uint8Array.of(1, 2, 3, 4, 5, 255),
    ],
    ['int8', [0, 0, 9, 1, 0, 0, 0, 2, 1, 255], [2], Int8Array.of(1, -1)],
    ['int16', [0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 255, 255], [2], Int16Array.of(258, -1)],
    ['int32', [0, 0, 12, 1, 0, 0, 0, 1, 0, 0, 1, 2], [1], Int32Array.of(258)],
    ['float32', [0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0], [1], Float32Array.of(1.5)],
    ['float64', [0, 0, 14, 1, 0, 0, 0, 1, 0xbf, 0xe0, 0, 0, 0, 0, 0, 0], [1], Float64Array.of(-0.5)],
  ] as const)('reads %s, gzipped or not', async (_, file, shape, data) => {
    const bytes = Uint8Array.from(file);
    for (const content of [bytes, new Uint8Array(gzipSync(bytes)), Buffer.from(bytes)]) {
      const array = await decodeIdx(content);
      expect([array.shape, array.data]).toEqual([shape, data]);
    }
  });

  it('unpacks no more than the header says (test/fixtures/make.py)', async () => {
    expect((await decodeIdx(fixtureBytes('whole.idx.gz'))).shape).toEqual([1000]);
    await expect(decodeIdx(fixtureBytes('long.idx.gz'), { name: 'long.gz' })).rejects.toThrow(
      /long.gz must hold 1008 bytes, as its header says \(shape \[1000\]\), got \d{4,5} or more/,
    );
  });

  it('stops at the header of a file that claims more than memory', async () => {
    const header = Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 9);
    const packed = gzipSync(Buffer.concat([header, Buffer.alloc(3000)]));
    await expect(decodeIdx(packed, { name: 'huge' })).rejects.toThrow(
      'huge must take at most 4 GiB of memory',
    );
    await expect(decodeIdx(header, { name: 'huge' })).rejects.toThrow('huge must hold');
  });

  it.each([
    ['no IDX file', Uint8Array.of(1, 2, 3), 'must be an IDX file (00 00,'],
    ['an unknown type', Uint8Array.of(0, 0, 7, 0), 'must be an IDX file'],
    ['a cut gzip file', gzipSync(Buffer.alloc(50)).subarray(0, 15), 'must be a whole gzip file'],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decodeIdx(bytes)).rejects.toThrow(message);
  });
});

describe('gunzip', () => {
  it('says how far it came, and stops at its limit', async () => {
    const packed = gzipSync(Buffer.alloc(1_000_000));
    expect((await gunzip(packed)).length).toBe(1_000_000);
    await expect(gunzip(packed, { name: 'a.gz', maximumBytes: 1000 })).rejects.toThrow(
      'gunzip: a.gz must unpack to at most 1000 bytes, got more',
    );
    await expect(gunzip(packed.subarray(0, -9), { name: 'a.gz' })).rejects.toThrow(
      /a.gz must be a whole gzip file, got \d+ bytes of which \d+ could be/,
    );
    await expect(gunzip(packed, { maximum: 1 } as object)).rejects.toThrow('did you mean "maximumBytes"?');
  });
});

describe('decodeCsv', () => {
  it.each([
    [
      'a byte-order mark and CRLF',
      '\uFEFFimage_id,partition\r\n000001.jpg,0\r\n',
      [
        ['image_id', 'partition'],
        ['000001.jpg', '0'],
      ],
    ],
    [
      'quotes',
      '"a,b","say ""hi""","two\nlines"\nc,,\n',
      [
        ['a,b', 'say "hi"', 'two\nlines'],
        ['c', '', ''],
      ],
    ],
    ['empty lines and no end of line', '\na\n\n\nb', [['a'], ['b']]],
    ['nothing', '', []],
  ])('reads %s (RFC 4180)', (_, text, rows) => {
    expect(decodeCsv(text)).toEqual(rows);
    expect(decodeCsv(new TextEncoder().encode(text))).toEqual(rows);
  });

  it('takes another separator', () => {
    expect(decodeCsv('a b\tc', { separator: '\t' })).toEqual([['a b', 'c']]);
    expect(() => decodeCsv('a', { separator: ', ' })).toThrow('separator must be one character, got ", "');
  });

  it.each([
    ['a quoted field without end', '"a', 'line 1 of bytes must end its quoted field'],
    [
      'something after a quoted field',
      'x\n"a"b',
      'line 2 of bytes must go on with a separator after a quoted field, got b',
    ],
    ['no UTF-8', Uint8Array.of(0x61, 0xff), 'bytes must be UTF-8'],
  ])('refuses %s', (_, content, message) => {
    expect(() => decodeCsv(content)).toThrow(message);
  });
});
