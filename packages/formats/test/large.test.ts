import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openNpy, openNpz } from '../src/index.js';
import { openFile } from '../src/node/index.js';

const folder = mkdtempSync(join(tmpdir(), 'formats-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A `.npy` header of uint8 `[rows,1024,1024]`. */
function header(rows: number): Buffer {
  const text =
    `{'descr': '|u1', 'fortran_order': False, 'shape': (${rows}, 1024, 1024), }`.padEnd(117) + '\n';
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([1, 0, 118, 0]),
    Buffer.from(text),
  ]);
}

/** Fields of 2, 4 or 8 bytes, little-endian. */
function fields(...values: (readonly [2 | 4 | 8, number])[]): Buffer {
  return Buffer.concat(
    values.map(([size, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, size);
    }),
  );
}

const LARGE = 0xffffffff;

// Sparse files: kilobytes on disk.
it.each(['npy', 'npz'])('rows of an array of 6 GiB, the last one too: .%s', async (kind) => {
  const rows = 6 * 1024;
  const size = 128 + rows * 2 ** 20;
  const path = join(folder, `large.${kind}`);
  const file = await open(path, 'w');
  const name = Buffer.from('arr_0.npy');
  // A stored file of a zip as numpy.savez writes it: zip64 in both headers.
  const sizes = fields([2, 1], [2, 16], [8, size], [8, size]);
  const shared = fields(
    [2, 45],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 33],
    [4, 0],
    [4, LARGE],
    [4, LARGE],
    [2, 9],
    [2, 20],
  );
  const local = Buffer.concat([fields([4, 0x04034b50]), shared, name, sizes]);
  const start = kind === 'npz' ? local.length : 0;
  await file.write(kind === 'npz' ? Buffer.concat([local, header(rows)]) : header(rows), 0, undefined, 0);
  await file.write(Buffer.from([1, 2, 3]), 0, 3, start + size - 3);
  if (kind === 'npz') {
    const entry = fields([4, 0x02014b50], [2, 45]);
    const directory = Buffer.concat([
      entry,
      shared,
      fields([2, 0], [2, 0], [2, 0], [4, 0], [4, 0]),
      name,
      sizes,
    ]);
    const at = start + size;
    const end = Buffer.concat([
      fields(
        [4, 0x06064b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, 1],
        [8, 1],
        [8, directory.length],
        [8, at],
      ),
      fields([4, 0x07064b50], [4, 0], [8, at + directory.length], [4, 1]),
      fields([4, 0x06054b50], [2, 0], [2, 0], [2, 1], [2, 1], [4, LARGE], [4, LARGE], [2, 0]),
    ]);
    await file.write(Buffer.concat([directory, end]), 0, undefined, at);
  }
  await file.close();

  const archive = kind === 'npz' ? await openNpz(await openFile(path)) : undefined;
  const array = await (archive?.open('arr_0') ?? openNpy(await openFile(path)));
  expect(array.shape).toEqual([rows, 1024, 1024]);
  const last = await array.rows(rows - 1, 1);
  expect([last.shape, ...(last.data.subarray(-4) as Uint8Array)]).toEqual([[1, 1024, 1024], 0, 1, 2, 3]);
  await expect(array.read()).rejects.toThrow('must take at most 4 GiB of memory, got 6 GiB');
  await array.close();
  await archive?.close();
});
