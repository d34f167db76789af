import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openNpz } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import { frechetDistance } from '@immiscible/metrics-fid';
import { measure, readFidNpz, writeStatistics } from '@immiscible/metrics-fid/node';
import '@immiscible/testing';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'fid-'))));
afterAll(() => rm(folder, { recursive: true }));

const options = {
  extractor: async () => ({
    id: 'first@1',
    dimensions: 2,
    extract: async (images: { shape: number[] }) =>
      ndarray(
        Float32Array.from({ length: 2 * (images.shape[0] as number) }, (_, i) => i % 5),
        [images.shape[0] as number, 2],
      ),
  }),
  channels: 1 as const,
};

describe('measure', () => {
  it("gives numpy's statistics for features, which both conventions of .npz hold (test/fixtures/make-npz.py)", async () => {
    const features = await measure(fixture('features.npy'), options);
    expect(features.n).toBe(50);
    for (const name of ['pytorch-fid.npz', 'guided-diffusion.npz']) {
      const { mean, covariance, n } = await measure(fixture(name), options);
      expect(n).toBeUndefined();
      expect(mean).toBeAllClose(features.mean, { atol: 1e-7, rtol: 1e-6 });
      expect(covariance).toBeAllClose(features.covariance, { atol: 1e-14, rtol: 1e-12 });
    }
  });

  it('takes images from arr_0, and the first --num of them', async () => {
    const all = await measure(fixture('images.npz'), options);
    expect([all.n, all.extractor]).toEqual([12, 'first@1']);
    const { n, features } = await measure(fixture('images.npz'), { ...options, num: 7, keep: true });
    expect([n, features?.shape]).toEqual([7, [7, 2]]);
    expect([features?.get(0, 1), features?.get(6, 0)]).toEqual([1, 2]);
  });

  it('takes the same images in whichever order of axes they are kept', async () => {
    const pixels = {
      channels: 1 as const,
      keep: true,
      extractor: async () => ({
        id: 'pixels@1',
        dimensions: 20,
        extract: async ({ data, shape }: NdArray<Float32Array>) => ndarray(data, [shape[0] as number, 20]),
      }),
    };
    const [c, fortran] = await Promise.all(
      ['images.npz', 'images-fortran.npz'].map((name) => measure(fixture(name), pixels)),
    );
    expect(fortran?.features).toEqual(c?.features);
  });

  it.each([
    ['images.npz', 13, 'images.npz must hold at least 13 images, as num says, got 12'],
    ['features.npy', 51, 'features.npy must hold at least 51 images, as num says, got 50'],
    ['pytorch-fid.npz', 50, 'pytorch-fid.npz must be statistics of 50 images, as num says, got no n'],
    ['nowhere', undefined, 'nowhere must be there, got nothing'],
    ['make-npz.py', undefined, 'make-npz.py must be a folder, .zip, .tar, .tar.gz, .parquet, .npz or .npy'],
  ])('refuses %s with --num %s', async (name, num, message) => {
    await expect(measure(fixture(name), { ...options, ...(num !== undefined && { num }) })).rejects.toThrow(
      message,
    );
  });
});

describe('float32 statistics of few images', () => {
  it("give pytorch-fid's distance: negative eigenvalues by rounding are no error (test/fixtures/make-float32.py)", async () => {
    const [a, b] = await Promise.all(
      ['float32-a.npz', 'float32-b.npz'].map((name) => measure(fixture(name), options)),
    );
    const { value } = JSON.parse(readFileSync(fixture('float32.json'), 'utf8'));
    expect(Math.abs(frechetDistance(a!, b!) / value - 1)).toBeLessThan(1e-3);
    // The same covariances as float64 would be none, and are kept as what they are.
    const { precision: _, ...exact } = a!;
    expect(() => frechetDistance(exact, exact)).toThrow('positive semidefinite');
    const path = join(folder, 'copy.npz');
    await writeStatistics(path, a!);
    expect((await measure(path, options)).covariance).toEqual(a!.covariance);
    expect(frechetDistance(await measure(path, options), b!)).toBe(frechetDistance(a!, b!));
    // Rounding explains no more than that.
    const wrong = a!.covariance.slice();
    wrong[0] = -0.01;
    expect(() => frechetDistance({ ...a!, covariance: wrong }, b!)).toThrow('positive semidefinite');
  });
});

describe('an .npz of more than 2 GiB', () => {
  it('is read in parts: the first images of 2.4 GB take no more than they are', async () => {
    const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (12000, 256, 256, 3), }";
    const header = Buffer.alloc(128);
    header.set([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
    header.write(`${text.padEnd(117)}\n`, 10);
    const bytes = 128 + 12000 * 256 * 256 * 3;
    const name = Buffer.from('arr_0.npy');
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(bytes, 14);
    fields.writeUInt32LE(bytes, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name]);
    const entry = Buffer.concat([
      ...[Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), name],
    ]);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(1, 8);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(entry.length, 12);
    end.writeUInt32LE(local.length + bytes, 16);
    const path = join(folder, 'large.npz');
    const file = await open(path, 'w');
    await file.write(Buffer.concat([local, header]), 0, local.length + 128, 0);
    await file.write(Buffer.concat([entry, end]), 0, entry.length + 22, local.length + bytes);
    await file.close();
    const { n } = await measure(path, { ...options, channels: 3, num: 9 });
    expect(n).toBe(9);
  });
});

describe('writeStatistics', () => {
  it('writes what it reads, and what any reader of .npz reads', async () => {
    const path = join(folder, 'out.npz');
    const statistics = {
      ...{ n: 7, dimensions: 2, extractor: 'first@1' },
      mean: Float64Array.of(0.1, -3),
      covariance: Float64Array.of(2, 0.5, 0.5, 1),
    };
    await writeStatistics(path, statistics);
    expect(await readFidNpz(path, (content) => content)).toEqual({
      kind: 'statistics',
      statistics: { ...statistics, claimed: true },
    });
    const file = await openFile(path);
    expect((await openNpz(file)).names).toEqual(['mu', 'sigma', 'n', 'extractor']);
    await file.close();
    expect(frechetDistance(await measure(path, options), statistics)).toBeLessThan(1e-12);
  });
});

describe('readFidNpz', () => {
  it.each(['pytorch-fid.npz', 'guided-diffusion.npz'])(
    'gives a RangeError or its content for %s with any bytes changed',
    async (name) => {
      const original = readFileSync(fixture(name));
      const path = join(folder, 'x.npz');
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          async (changes) => {
            const bytes = new Uint8Array(original);
            for (const [at, value] of changes) bytes[at] = value;
            await writeFile(path, bytes);
            const found = await readFidNpz(path, (content) => content).catch((error: unknown) => error);
            if (found instanceof Error) expect(found).toBeInstanceOf(RangeError);
          },
        ),
        { seed: 1, numRuns: 300 },
      );
    },
  );
});
