import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readCifarBinary, readIdx, readNpy, readPickle, readSafetensors } from '../src/index.js';
import { cifar10, openSafetensors, openZip, readNpz, readTar } from '../src/node/index.js';
import { PickledArray } from '../src/pickle-numpy.js';
import { fixture, fixtureBytes } from './fixture.js';

const labels = [3, 1, 4, 1, 5, 9];
const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
const temporary = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

test('bytes may be a Buffer, from anywhere within its memory', () => {
  for (const [read, name] of [
    [(bytes: Uint8Array) => readNpy(bytes).data, 'latents.npy'],
    [
      (bytes: Uint8Array) => [...readSafetensors(bytes).values()].map(({ data }) => data),
      'latents.safetensors',
    ],
  ] as const) {
    const plain = Uint8Array.from(fixtureBytes(name));
    const within = Buffer.alloc(plain.length + 9).subarray(3, 3 + plain.length);
    within.set(plain);
    expect(read(within)).toEqual(read(plain));
  }
});

describe('pickle', () => {
  test.each([
    'cifar-p2.pickle',
    'cifar-p3.pickle',
    'cifar-p4.pickle',
    'cifar-p5.pickle',
    'cifar-python2.pickle',
  ])('%s: the dict that Python pickled', (name) => {
    const map = readPickle(fixtureBytes(name), name) as Map<string, unknown>;
    expect(map.get('labels')).toEqual(labels);
    const data = map.get('data') as PickledArray;
    expect(data.shape).toEqual([6, 3072]);
    // The binary version holds the same planes behind a byte of label.
    const binary = fixtureBytes('cifar.bin');
    expect(
      Buffer.compare(
        data.data as Uint8Array,
        Buffer.concat(labels.map((_, i) => binary.subarray(i * 3073 + 1, (i + 1) * 3073))),
      ),
    ).toBe(0);
  });

  test('a pickle that runs code in Python is an error that names what it wanted', () => {
    expect(() => readPickle(fixtureBytes('evil.pickle'), 'evil')).toThrow(
      /evil must hold data only .* got the global "posix.system", which is not read and not run/,
    );
    expect(existsSync('/tmp/pickle-ran')).toBe(false);
  });

  test('a truncated pickle says how much is missing', () => {
    expect(() => readPickle(fixtureBytes('cifar-p2.pickle').subarray(0, 5000), 'half')).toThrow(
      /half must hold \d+ more bytes, got \d+/,
    );
    expect(() => readPickle(new Uint8Array(0), 'empty')).toThrow('end with a stop');
  });
});

describe('CIFAR', () => {
  const reference = readNpy(fixtureBytes('cifar-nhwc.npy')).data as Uint8Array;

  test('the binary version has its planes turned into pixels, as numpy transposes them', () => {
    const { images, labels: found } = readCifarBinary(fixtureBytes('cifar.bin'));
    expect(images.shape).toEqual([6, 32, 32, 3]);
    expect(Buffer.compare(images.data, reference)).toBe(0);
    expect(Array.from(found ?? [])).toEqual(labels);
  });

  test('a file of another size, or with labels out of range, is refused', () => {
    expect(() => readCifarBinary(fixtureBytes('cifar.bin').subarray(1), { name: 'a.bin' })).toThrow(
      'a.bin must hold whole records of 3073 bytes (cifar10), got 18437 bytes',
    );
    const bytes = fixtureBytes('cifar.bin');
    bytes[0] = 10;
    expect(() => readCifarBinary(bytes, { name: 'a.bin' })).toThrow(
      'a.bin must have labels in [0, 10), got 10 for image 0',
    );
  });

  test('an archive with too few images says which file is meant', async () => {
    const path = temporary('data_batch_1', fixtureBytes('cifar-python2.pickle'));
    await expect(cifar10({ path: folder })).rejects.toThrow(
      'must hold 50000 images (train), got 6 in 1 files; use cifar-10-python.tar.gz',
    );
    expect(path).toContain('data_batch_1');
    await expect(cifar10({ path: join(folder, 'nowhere') })).rejects.toThrow("which can't be read");
  });
});

describe('npy, npz', () => {
  test.each(['arrays.npz', 'arrays-compressed.npz'])(
    '%s: every type and order as numpy wrote it',
    async (name) => {
      const arrays = await readNpz(fixture(name));
      const expected = [0, 1, 2.5, -3, 100, 7];
      for (const key of ['f8', 'f4', 'f2', 'big', 'fortran']) {
        const array = arrays.get(key);
        expect(array?.shape).toEqual([2, 3]);
        expect([0, 1].flatMap((i) => [0, 1, 2].map((j) => array?.get(i, j)))).toEqual(expected);
      }
      expect(Array.from(arrays.get('i8')?.data as BigInt64Array)).toEqual([0n, 1n, 2n, -3n, 100n, 7n]);
      expect(Array.from(arrays.get('i2big')?.data as Int16Array)).toEqual([0, 1, 2, -3, 100, 7]);
      expect(Array.from(arrays.get('bool')?.data as Uint8Array)).toEqual([0, 0, 1, 0, 1, 1]);
      expect(arrays.get('scalar')?.shape).toEqual([]);
      expect(arrays.get('scalar')?.data[0]).toBe(2.5);
      expect(arrays.get('empty')?.shape).toEqual([0, 3]);
    },
  );

  test('what is truncated, no array, or holds no numbers is refused', async () => {
    const whole = fixtureBytes('latents.npy');
    expect(() => readNpy(whole.subarray(0, 300), 'a.npy')).toThrow(
      /a.npy must hold 416 bytes.* got 300; it is truncated/,
    );
    expect(() => readNpy(whole.subarray(0, 50), 'a.npy')).toThrow('got a header that is cut off');
    expect(() => readNpy(fixtureBytes('edm.zip'), 'a.npy')).toThrow('a.npy must be a .npy file');
    expect(() => readNpy(fixtureBytes('strings.npy'), 's.npy')).toThrow(
      /s.npy must hold numbers with a shape, got the header .*<U1/,
    );
    await expect(readNpz(fixture('arrays.npz'), ['missing'])).rejects.toThrow('must hold "missing.npy"');
  });
});

describe('safetensors', () => {
  test('tensors, in memory and from disk, are those that numpy has', async () => {
    const all = readSafetensors(fixtureBytes('latents.safetensors'));
    expect(Array.from(all.get('half')?.data as Float32Array)).toEqual([0, 1, 2.5, -3, 100, 7]);
    expect(Array.from(all.get('labels')?.data as BigInt64Array)).toEqual([1n, 0n, 2n, 1n]);
    const file = await openSafetensors(fixture('latents.safetensors'));
    const latents = await file.read('latents');
    await file.close();
    expect(latents).toEqual(all.get('latents'));
    expect(file.metadata).toEqual({ scale: '0.18215' });
    // latents.npy is the same array as [N,H,W,C].
    const nhwc = readNpy(fixtureBytes('latents.npy'));
    for (const [n, c, y, x] of [
      [0, 0, 0, 0],
      [3, 1, 2, 1],
      [2, 0, 1, 2],
    ] as const) {
      expect(latents.get(n, c, y, x)).toBe(nhwc.get(n, y, x, c));
    }
  });

  test('a truncated or lying file is refused', () => {
    const bytes = fixtureBytes('latents.safetensors');
    expect(() => readSafetensors(bytes.subarray(0, bytes.length - 1), 'a')).toThrow(
      /a must be a whole safetensors file, got 571 bytes where the tensor/,
    );
    expect(() => readSafetensors(bytes.subarray(0, 4), 'a')).toThrow('got 4 bytes');
    bytes.fill(255, 0, 8);
    expect(() => readSafetensors(bytes, 'a')).toThrow('with a header of');
  });
});

describe('zip and tar', () => {
  test('names that leave the archive, bombs and truncation are refused', async () => {
    await expect(openZip(fixture('traversal.zip'))).rejects.toThrow(
      /traversal.zip must be .* names inside it, got .*\.\.\/outside.png/,
    );
    await expect(openZip(fixture('bomb.zip'), 1_000_000)).rejects.toThrow(
      'hold files of at most 1000000 bytes, got big.png of 20000000',
    );
    const half = temporary('half.zip', fixtureBytes('edm.zip').subarray(0, 9000));
    await expect(openZip(half)).rejects.toThrow('half.zip must be a whole zip archive');
  });

  test('a zip whose directory understates a size does not unpack more', async () => {
    const bytes = fixtureBytes('bomb.zip');
    const view = new DataView(bytes.buffer);
    const directory = bytes.length - 22 - (46 + 'big.png'.length);
    expect(view.getUint32(directory, true)).toBe(0x02014b50);
    view.setUint32(directory + 24, 1000, true);
    const zip = await openZip(temporary('liar.zip', bytes));
    await expect(zip.read('big.png')).rejects.toThrow('hold 1000 bytes of big.png');
    await zip.close();
  });

  test('a changed byte is noticed', async () => {
    const bytes = fixtureBytes('edm.zip');
    bytes[200]! ^= 1;
    const zip = await openZip(temporary('changed.zip', bytes));
    await expect(zip.read(zip.names[0] as string)).rejects.toThrow('a wrong CRC-32');
    await zip.close();
  });

  test('a tar.gz gives its files, long names too; truncated, it says where', async () => {
    const names: string[] = [];
    for await (const { name, bytes } of readTar(fixture('pictures.tar.gz'))) {
      names.push(name);
      expect(Array.from(bytes.subarray(1, 4))).toEqual([0x50, 0x4e, 0x47]);
    }
    expect(names).toEqual([
      `${'x'.repeat(120)}/0.png`,
      'c1/1.png',
      'c4/2.png',
      'c1/3.png',
      'c5/4.png',
      'c9/5.png',
    ]);
    const half = temporary('half.tar.gz', fixtureBytes('pictures.tar.gz').subarray(0, 10_000));
    const read = async () => {
      for await (const file of readTar(half)) expect(file.name).toBeTruthy();
    };
    await expect(read()).rejects.toThrow(
      /half.tar.gz must be a whole archive, got damage \(unexpected end of file\)/,
    );
    const noTar = temporary('no.tar.gz', gzipSync(Buffer.alloc(2000, 'no tar ')));
    await expect(readTar(noTar).next()).rejects.toThrow(
      'must be a tar archive, got a header that fails its checksum',
    );
  });
});

test('an IDX file whose header promises more than it holds allocates nothing', async () => {
  const bytes = new Uint8Array(20);
  bytes.set([0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
  await expect(readIdx(bytes, { name: 'huge' })).rejects.toThrow('huge must hold');
});
