import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureBytes, fixtureSource, watched } from '../test/fixture.js';
import { isSystemFile } from './archive-names.js';
import { bytesSource } from './byte-source.js';
import { crc32 } from './crc32.js';
import { encodeZip } from './encode-zip.js';
import { openFile } from './node/index.js';
import { openZip } from './zip.js';

const picture = (i: number) => Uint8Array.from({ length: 40 }, (_, k) => i + k);
const open = (bytes: Uint8Array) => openZip(bytesSource(bytes, 'x.zip'));
const long = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);

describe('openZip', () => {
  it.each(['stored.zip', 'backslash.zip'])(
    'reads what Python wrote: %s (test/fixtures/make.py)',
    async (name) => {
      const zip = await openZip(await fixtureSource(name));
      expect(zip.names).toEqual(['cat/0.bin', 'cat/1.bin', 'cat/2.bin']);
      for (let i = 0; i < 3; i++) expect(await zip.read(`cat/${i}.bin`)).toEqual(picture(i));
      expect([zip.size('cat/1.bin'), zip.size('dog')]).toEqual([40, undefined]);
      await expect(zip.read('dog')).rejects.toThrow(
        `${fixture(name)} must hold "dog", got "cat/0.bin", "cat/1.bin"`,
      );
      await zip.close();
    },
  );

  it('reads zip64', async () => {
    const zip = await openZip(await fixtureSource('zip64.zip'));
    expect(await zip.read('a.bin')).toEqual(picture(5));
    await zip.close();
  });

  it('unpacks deflated files, whole and in parts, forward and back', async () => {
    const zip = await openZip(await fixtureSource('deflated.zip'));
    expect(zip.names).toEqual(['long.bin', 'ü.txt', 'empty']);
    expect(Buffer.compare(await zip.read('long.bin'), long)).toBe(0);
    expect(new TextDecoder().decode(await zip.read('ü.txt'))).toBe('text');
    expect(await zip.read('empty')).toEqual(new Uint8Array(0));
    const file = zip.open('long.bin');
    const at = async (start: number, length: number) => {
      const part = new Uint8Array(length);
      await file.readInto(part, start);
      return part;
    };
    const places = [
      [0, 10],
      [10, 100_000],
      [150_000, 5],
      [20, 20],
      [299_000, 1000],
    ] as const;
    // Also all at once: one waits for the other.
    const parts = await Promise.all(places.map(([start, length]) => at(start, length)));
    places.forEach(([start, length], i) =>
      expect(Buffer.compare(parts[i] as Uint8Array, long.subarray(start, start + length))).toBe(0),
    );
    await expect(at(299_990, 20)).rejects.toThrow('must hold 300010 bytes, got 300000');
    await file.close();
    await zip.close();
  });

  it('unpacks no more of a bomb than is asked for, and refuses it whole before it begins', async () => {
    const source = watched(fixtureBytes('bomb.zip'), 'bomb.zip');
    const zip = await openZip(source, { maximumBytes: 1_000_000 });
    const before = source.bytesRead;
    await expect(zip.read('big.bin')).rejects.toThrow(
      'big.bin of bomb.zip must take at most 977 KiB of memory, got 19.1 MiB',
    );
    expect(source.bytesRead).toBe(before);
    expect(new TextDecoder().decode(await zip.read('small.bin'))).toBe('small');
  });

  it('refuses a size that no deflated bytes unpack to, before it takes memory', async () => {
    const bytes = await encodeZip([['a.npy', new Uint8Array(1000)]], { deflate: true });
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 22 - 51 + 24, 2 ** 32 - 2, true);
    const zip = await open(bytes);
    await expect(zip.read('a.npy')).rejects.toThrow(
      /must hold what its size says, got 4294967294 bytes out of \d+/,
    );
  });

  it('does not unpack more than the directory says', async () => {
    const bytes = fixtureBytes('bomb.zip');
    const view = new DataView(bytes.buffer);
    const directory = bytes.length - 22 - (46 + 'big.bin'.length) - (46 + 'small.bin'.length);
    expect(view.getUint32(directory, true)).toBe(0x02014b50);
    view.setUint32(directory + 24, 1000, true);
    await expect((await open(bytes)).read('big.bin')).rejects.toThrow(
      /big.bin must (hold 1000 bytes, got more|be whole, got damage)/,
    );
  });

  it('is not refused for a file that it cannot unpack', async () => {
    const zip = await openZip(await fixtureSource('other-method.zip'));
    await expect(zip.read('packed.bin')).rejects.toThrow(
      'packed.bin must be stored or deflated, got method 12',
    );
    expect(await zip.read('stored.bin')).toEqual(picture(1));
    await zip.close();
  });

  it.each([
    [
      'a name that leaves it',
      fixtureBytes('traversal.zip'),
      'must hold names inside it, got "../outside.bin"',
    ],
    ['a cut end', fixtureBytes('stored.zip').subarray(0, 400), 'must be a whole zip archive'],
    ['nothing', new Uint8Array(0), 'must be a whole zip archive, got 0 bytes'],
    ['another file', fixtureBytes('single.npy'), 'must be a whole zip archive'],
  ])('refuses %s', async (_, bytes, message) => {
    const source = watched(bytes);
    await expect(openZip(source)).rejects.toThrow(message);
    expect(source.isClosed).toBe(true);
  });

  it('refuses names given twice and files that overlap', async () => {
    const bytes = await encodeZip([
      ['a', picture(0)],
      ['b', picture(0)],
    ]);
    const directory = bytes.length - 22 - 2 * 47;
    const twice = bytes.slice();
    twice[directory + 47 + 46] = 'a'.charCodeAt(0);
    await expect(open(twice)).rejects.toThrow('must hold each name once, got "a" twice');
    const overlap = bytes.slice();
    new DataView(overlap.buffer).setUint32(directory + 47 + 42, 0, true);
    await expect(open(overlap)).rejects.toThrow('must hold files side by side');
  });

  it.each([false, true])('notices every changed byte of a file, deflated: %s', async (deflate) => {
    const bytes = await encodeZip([['a.bin', long.subarray(0, 100)]], { deflate });
    const end = bytes.length - 22 - 51;
    for (let at = 30; at < end; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      await expect((await open(changed)).read('a.bin'), `byte ${at}`).rejects.toThrow(/x.zip: a.bin must be/);
    }
  });
});

describe('encodeZip', () => {
  it("gives the bytes of Python's zipfile (test/fixtures/make.py), dates and systems apart", async () => {
    const bytes = await encodeZip([0, 1, 2].map((i) => [`cat/${i}.bin`, picture(i)] as const));
    const python = fixtureBytes('stored.zip');
    expect(bytes.length).toBe(python.length);
    const other = Array.from(bytes.keys()).filter((i) => bytes[i] !== python[i]);
    // Of each file: time and date in both headers, system and attributes in the directory.
    expect(other.length).toBeLessThanOrEqual(3 * 12);
  });

  it('writes more than 65,535 files, by zip64', async () => {
    const bytes = await encodeZip(
      Array.from({ length: 65_536 }, (_, i) => [String(i), Uint8Array.of(i & 255)] as const),
    );
    const zip = await open(bytes);
    expect(zip.names.length).toBe(65_536);
    expect(await zip.read('65535')).toEqual(Uint8Array.of(255));
  }, 30_000);

  it('refuses names twice or outside', async () => {
    await expect(
      encodeZip([
        ['a', picture(0)],
        ['a', picture(0)],
      ]),
    ).rejects.toThrow('each name must be given once');
    await expect(encodeZip([['../a', picture(0)]])).rejects.toThrow(
      'each name must be a path inside the archive',
    );
  });
});

describe('crc32', () => {
  it("gives zlib's sums, in parts too", () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    for (const end of [0, 1, 7, 8, 9, 1000, long.length]) {
      expect(crc32(long.subarray(0, end))).toBe(zlibCrc32(long.subarray(0, end)));
      expect(crc32(long.subarray(end), crc32(long.subarray(0, end)))).toBe(zlibCrc32(long));
    }
  });
});

describe('isSystemFile', () => {
  it.each([
    'cat/._a.png',
    '__MACOSX/cat/a.png',
    '.DS_Store',
    'a\\Thumbs.db',
    '.ipynb_checkpoints/a.png',
    '@eaDir/a',
    '.Trash-1000/a',
    'System Volume Information/a.png',
    'lost+found/1.png',
  ])('is true of %s', (name) => expect(isSystemFile(name)).toBe(true));
  it.each(['a.png', '_a.png', '.hidden/a.png', 'cat/.a'])('is false of %s', (name) =>
    expect(isSystemFile(name)).toBe(false),
  );
});

describe('openFile', () => {
  it('names what cannot be opened', async () => {
    await expect(openFile(fixture('nowhere'))).rejects.toThrow(
      /path must be a file that can be read, got .*nowhere \(ENOENT/,
    );
    await expect(openFile(fixture('.'))).rejects.toThrow('which is none');
  });
});
