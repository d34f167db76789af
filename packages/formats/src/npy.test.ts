import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { fixtureBytes, fixtureSource, watched } from '../test/fixture.js';
import type { Numbers } from './element-types.js';
import { encodeNpy, encodeNpz } from './encode-npy.js';
import { decodeNpy, openNpy } from './npy.js';
import { openNpz } from './npz.js';

const numbers = [0, 1, 2.5, -3, 100, 7];
const matrix = (array: NdArray<Numbers>) => [0, 1].flatMap((i) => [0, 1, 2].map((j) => array.get(i, j)));
/** A file with that header. */
function npy(header: string, size = 0): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + size);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

describe('decodeNpy', () => {
  it.each(['python2', 'order', 'quotes', 'blanks'])('reads a header as NumPy does: %s', (name) => {
    const array = decodeNpy(fixtureBytes(`header-${name}.npy`));
    expect(array.shape).toEqual([2, 3]);
    expect(matrix(array)).toEqual(numbers);
  });

  it('takes a Buffer, from anywhere within its memory', () => {
    const plain = fixtureBytes('single.npy');
    const within = Buffer.alloc(plain.length + 9).subarray(3, 3 + plain.length);
    within.set(plain);
    expect(decodeNpy(within).data).toEqual(Int16Array.of(0, 1, 2, 3, 4));
  });

  it('refuses what is truncated, no array, or holds no numbers', () => {
    const whole = fixtureBytes('single.npy');
    expect(() => decodeNpy(whole.subarray(0, 130), { name: 'a.npy' })).toThrow(
      'a.npy must hold 138 bytes, as its header says (shape [5], i2), got 130; it is truncated',
    );
    expect(() => decodeNpy(Uint8Array.of(...whole, 0))).toThrow('followed by something else');
    expect(() => decodeNpy(whole.subarray(0, 50))).toThrow('got a header that is cut off');
    expect(() => decodeNpy(fixtureBytes('stored.zip'), { name: 'a' })).toThrow('a must be a .npy file');
    expect(() => decodeNpy(fixtureBytes('strings.npy'), { name: 's.npy' })).toThrow(
      /s.npy must hold numbers with a shape, got the header .*<U1/,
    );
  });

  it.each([
    [
      '100,000 axes',
      `{'descr': '|u1', 'fortran_order': False, 'shape': (${'1,'.repeat(30_000)})}`,
      'a shape of 30000 axes',
    ],
    [
      'a product beyond all numbers',
      "{'descr': '|u1', 'fortran_order': False, 'shape': (9007199254740992, 4)}",
      'numbers with',
    ],
    [
      'a negative size',
      "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
      'must hold numbers with a shape',
    ],
    [
      'a record',
      "{'descr': [('a', '<f4'), ('b', '<i2')], 'fortran_order': False, 'shape': (1,)}",
      'numbers with a shape',
    ],
    ['no order', "{'descr': '|u1', 'shape': (1,)}", 'must hold numbers with a shape'],
    [
      'an expression',
      "{'descr': '|u1', 'fortran_order': not True, 'shape': (1,)}",
      'must hold numbers with a shape',
    ],
    [
      'something after it',
      "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} + x",
      'must hold numbers with a shape',
    ],
    ['brackets without end', '{'.repeat(60_000), 'must hold numbers with a shape'],
  ])('refuses a header with %s', (_, header, message) => {
    expect(() => decodeNpy(npy(header, 1))).toThrow(message);
  });
});

describe.each(['arrays.npz', 'arrays-compressed.npz'])('openNpz: %s', (name) => {
  it('gives every type and order as NumPy wrote it (test/fixtures/make.py)', async () => {
    const npz = await openNpz(await fixtureSource(name));
    for (const key of ['f8', 'f4', 'f2', 'big', 'fortran']) {
      const array = await npz.read(key);
      expect(array.shape).toEqual([2, 3]);
      expect(matrix(array)).toEqual(numbers);
    }
    expect((await npz.read('i8')).data).toEqual(BigInt64Array.of(0n, 1n, 2n, -3n, 100n, 7n));
    expect((await npz.read('i2big')).data).toEqual(Int16Array.of(0, 1, 2, -3, 100, 7));
    expect((await npz.read('bool')).data).toEqual(Uint8Array.of(0, 0, 1, 0, 1, 1));
    const scalar = await npz.read('scalar');
    expect([scalar.shape, scalar.data[0]]).toEqual([[], 2.5]);
    expect((await npz.read('empty')).shape).toEqual([0, 3]);
    for (const [key, imaginary] of [
      ['c8', 1],
      ['c16big', -2],
    ] as const) {
      const { shape, data } = await npz.read(key);
      expect([shape, ...(data as Float32Array)]).toEqual([
        [2, 3, 2],
        ...numbers.flatMap((x) => [x, imaginary]),
      ]);
    }
    await npz.close();
  });

  it('is not refused for an array that is not needed', async () => {
    const npz = await openNpz(await fixtureSource(name));
    expect(npz.names).toContain('names');
    await expect(npz.read('names')).rejects.toThrow(/names.npy must hold numbers with a shape/);
    await expect(npz.read('missing')).rejects.toThrow('must hold the array "missing", got "f8", "f4", ');
    expect((await npz.read('f4')).shape).toEqual([2, 3]);
    await npz.close();
  });

  it.each(['images', 'images-fortran'])('gives rows of %s in any order, row-major', async (key) => {
    const npz = await openNpz(await fixtureSource(name));
    const images = await npz.open(key);
    expect([images.shape, images.dtype, images.fortran]).toEqual([[7, 2, 3, 3], 'u1', key !== 'images']);
    const row = (i: number) => Array.from({ length: 18 }, (_, k) => 18 * i + k);
    for (const [start, count] of [
      [0, 3],
      [3, 4],
      [2, 2],
      [6, 1],
      [0, 0],
      [0, 7],
    ] as const) {
      const rows = await images.rows(start, count);
      expect([rows.shape, rows.stride]).toEqual([
        [count, 2, 3, 3],
        [18, 9, 3, 1],
      ]);
      expect(Array.from(rows.data as Uint8Array)).toEqual(
        Array.from({ length: count }, (_, i) => row(start + i)).flat(),
      );
    }
    await expect(images.rows(5, 3)).rejects.toThrow('must hold rows 5 to 8, got 7 rows');
    await images.close();
    await npz.close();
  });
});

describe('openNpy', () => {
  it('reads only the rows asked for', async () => {
    const source = watched(
      encodeNpy(
        ndarray(
          Float32Array.from({ length: 4000 }, (_, i) => i),
          [1000, 4],
        ),
      ),
    );
    const array = await openNpy(source);
    const before = source.bytesRead;
    expect(Array.from((await array.rows(998, 2)).data as Float32Array)).toEqual([
      3992, 3993, 3994, 3995, 3996, 3997, 3998, 3999,
    ]);
    expect(source.bytesRead - before).toBe(32);
  });
});

describe('encodeNpy, encodeNpz', () => {
  it("gives numpy.save's bytes (test/fixtures/make.py)", () => {
    for (const name of ['single.npy', 'data.npy']) {
      expect(encodeNpy(decodeNpy(fixtureBytes(name)))).toEqual(fixtureBytes(name));
    }
  });

  it('reads strides: a view means what it shows', async () => {
    const view = ndarray(Float64Array.of(0, 1, 2, 3, 4, 5), [2, 3])
      .transpose(1, 0)
      .step(-1) as unknown as NdArray<Numbers>;
    const array = decodeNpy(encodeNpy(view));
    expect([array.shape, ...(array.data as Float64Array)]).toEqual([[3, 2], 2, 5, 1, 4, 0, 3]);
  });

  it.each([false, true])('writes what openNpz reads, deflate: %s', async (deflate) => {
    const arrays = {
      mu: ndarray(Float64Array.of(1, 2), [2]),
      n: ndarray(BigInt64Array.of(3n), []) as unknown as NdArray<Numbers>,
      pixels: ndarray(new Uint8Array(3000).fill(7), [10, 300]),
    };
    const bytes = await encodeNpz(arrays, { deflate });
    expect(bytes).toEqual(await encodeNpz(arrays, { deflate }));
    const npz = await openNpz(watched(bytes));
    expect(npz.names).toEqual(['mu', 'n', 'pixels']);
    expect((await npz.read('n')).data).toEqual(BigInt64Array.of(3n));
    expect((await npz.read('pixels')).shape).toEqual([10, 300]);
  });
});
