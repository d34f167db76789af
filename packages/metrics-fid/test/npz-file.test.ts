import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpz } from '@immiscible/datasets/node';
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
    ['images.npz', 13, 'images.npz must hold at least 13 images, as --num says, got 12'],
    ['features.npy', 51, 'features.npy must hold at least 51 images, as --num says, got 50'],
    ['pytorch-fid.npz', 50, 'pytorch-fid.npz must be statistics of 50 images, as --num says, got no n'],
    ['nowhere', undefined, 'nowhere must be there, got nothing'],
    ['make-npz.py', undefined, 'make-npz.py must be a folder, .zip, .tar, .tar.gz, .parquet, .npz or .npy'],
  ])('refuses %s with --num %s', async (name, num, message) => {
    await expect(measure(fixture(name), { ...options, ...(num !== undefined && { num }) })).rejects.toThrow(
      message,
    );
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
    expect(await readFidNpz(path)).toEqual({ kind: 'statistics', statistics });
    expect([...(await readNpz(path)).keys()]).toEqual(['mu', 'sigma', 'n', 'extractor']);
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
            const found = await readFidNpz(path).catch((error: unknown) => error);
            if (found instanceof Error) expect(found).toBeInstanceOf(RangeError);
          },
        ),
        { seed: 1, numRuns: 300 },
      );
    },
  );
});
