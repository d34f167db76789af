import { createRng } from '@immiscible/core';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ndarray, { type NdArray } from 'ndarray';
import { afterAll, describe, expect, test } from 'vitest';
import * as main from '../src/index.js';
import * as node from '../src/node/index.js';
import { fixture } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'border-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rng = createRng(3);
const image = (i: number): number => (i * 37) % 256;
/** The same images twice: as views with other strides, and in order. */
function views<T extends Uint8Array | Float32Array>(
  make: (length: number) => T,
): { strided: NdArray<T>; plain: NdArray<T> }[] {
  const data = make(5 * 6 * 4 * 3);
  for (let i = 0; i < data.length; i++) data[i] = data instanceof Uint8Array ? image(i) : image(i) / 128 - 1;
  const all = ndarray(data, [5, 6, 4, 3]) as NdArray<T>;
  return [
    all.transpose(0, 2, 1, 3),
    all.lo(1, 1, 1, 0).hi(4, 4, 2, 3),
    all.step(-1, 1, 1, 1),
    all.step(2, 2, -1, 1),
    all.lo(2, 0, 0, 0),
  ].map((strided) => {
    const plain = ndarray(make(strided.size), [...strided.shape]) as NdArray<T>;
    const [n = 0, h = 0, w = 0, c = 0] = strided.shape;
    let next = 0;
    for (let i = 0; i < n; i++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) plain.data[next++] = strided.get(i, y, x, k);
    return { strided, plain };
  });
}
const raw = (images: NdArray<Uint8Array>): main.Dataset => ({ name: 'x', images, allowsFlip: true });
const list = ({ data, shape }: NdArray): unknown => [Array.from(data as ArrayLike<number>), shape];

describe('arrays mean what they show, whatever their strides', () => {
  const onBytes: Record<string, (images: NdArray<Uint8Array>) => unknown> = {
    createDataset: (images) => list(main.createDataset(raw(images)).images),
    subset: (images) => list(main.subset(raw(images), 1, 2).images),
    resize: (images) => list(main.resize(raw(images), [2, 2]).images),
    toImages: (images) => list(main.toImages(raw(images)).x0),
    batches: (images) => list(main.batches(raw(images), { batchSize: 2, rng, flip: true }).at(1).x0),
    pixelMoments: (images) => node.pixelMoments(raw(images)),
    packImages: async (images) => (await node.packImages(raw(images), join(folder, 'x.pack'))).sha256,
  };
  test.each(Object.keys(onBytes))('%s', async (name) => {
    const run = onBytes[name] as (images: NdArray<Uint8Array>) => unknown;
    for (const { strided, plain } of views((length) => new Uint8Array(length)))
      expect(await run(strided)).toEqual(await run(plain));
  });

  const onFloats: Record<string, (images: NdArray<Float32Array>) => unknown> = {
    toBytes: (images) => list(main.toBytes(images)),
    augment: (images) => list(main.augment(images, { rng, probability: 1 }).x0),
    channelsLast: (images) => list(main.channelsLast(images)),
    latentBatches: async (latents) =>
      list((await main.latentBatches({ name: 'x', latents }, { batchSize: 2, rng }).at(1)).x0),
  };
  test.each(Object.keys(onFloats))('%s', async (name) => {
    const run = onFloats[name] as (images: NdArray<Float32Array>) => unknown;
    for (const { strided, plain } of views((length) => new Float32Array(length)))
      expect(await run(strided)).toEqual(await run(plain));
  });

  test('gaussianMixture', () => {
    const mixture = main.gaussianMixture({
      means: [
        [0, 1],
        [2, -1],
      ],
      covariances: [1, 0.5],
    });
    const points = ndarray(
      Float32Array.from({ length: 8 }, (_, i) => i / 4 - 1),
      [2, 4],
    ).transpose(1, 0);
    const plain = ndarray(
      Float32Array.from({ length: 8 }, (_, i) => points.get(i >> 1, i & 1)),
      [4, 2],
    );
    expect(mixture.logDensity(points)).toEqual(mixture.logDensity(plain));
    expect(mixture.score(points)).toEqual(mixture.score(plain));
    expect(mixture.denoised(points, 0.8, 0.6)).toEqual(mixture.denoised(plain, 0.8, 0.6));
  });
});

describe('an option that doesn’t exist is refused', () => {
  const extra = { extra: 1 } as never;
  const bytes = ndarray(Uint8Array.of(1, 2), [2, 1, 1, 1]);
  const floats = ndarray(Float32Array.of(1, 2), [2, 1, 1, 1]);
  const files = async () => node.imageZip(fixture('edm.zip'));
  const calls: Record<string, () => unknown> = {
    createDataset: () => main.createDataset({ ...raw(bytes), ...(extra as object) }),
    batches: () => main.batches(raw(bytes), extra),
    augment: () => main.augment(floats, extra),
    latentBatches: () => main.latentBatches({ name: 'x', latents: floats }, extra),
    pointBatches: () => main.pointBatches(main.twoMoons(), extra),
    prefetch: () => main.prefetch(main.batches(raw(bytes), { batchSize: 1, rng }), extra).next(),
    gaussianMixture: () => main.gaussianMixture(extra),
    eightGaussians: () => main.eightGaussians(extra),
    twoMoons: () => main.twoMoons(extra),
    swissRoll: () => main.swissRoll(extra),
    checkerboard: () => main.checkerboard(extra),
    spirals: () => main.spirals(extra),
    fashionMnist: () => main.fashionMnist(extra),
    mnist: () => main.mnist(extra),
    readCifarBinary: () => main.readCifarBinary(new Uint8Array(3073), extra),
    celebA: () => node.celebA(extra),
    cifar10: () => node.cifar10(extra),
    cifar100: () => node.cifar100(extra),
    tinyImageNet: () => node.tinyImageNet(extra),
    download: () => node.download({ url: 'https://example.org' }, join(folder, 'no'), extra),
    fetchDataset: () => node.fetchDataset('mnist', extra),
    hubDataset: () => node.hubDataset('a/b', extra),
    fetchHub: () => node.fetchHub({ id: 'a/b', commit: '', license: '', page: '', files: [] }, extra),
    imageFolder: () => node.imageFolder(folder, extra),
    imageZip: () => node.imageZip(fixture('edm.zip'), extra),
    imageTar: () => node.imageTar(fixture('pictures.tar.gz'), extra),
    imageParquet: () => node.imageParquet(fixture('hf.parquet'), extra),
    openImages: () => node.openImages(folder, extra),
    describePath: () => node.describePath(folder, extra),
    loadImages: async () => node.loadImages(await files(), extra),
    eachPicture: async () => node.eachPicture(await files(), extra).next(),
    packImages: async () => node.packImages(await files(), join(folder, 'no.pack'), extra),
    pixelMoments: async () => node.pixelMoments(await files(), extra),
  };

  test.each(Object.keys(calls))('%s', async (name) => {
    await expect((async () => calls[name]?.())()).rejects.toThrow(/has no key "extra"/);
    expect(readdirSync(folder).filter((file) => file.startsWith('no'))).toEqual([]);
  });
});

test('what a browser loads asks for nothing of Node', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
      expect(from, file).not.toMatch(/^node:|^(fs|path|url|crypto|zlib)(\/|$)/);
      if (from === '#disk') visit(join(source, 'disk.browser.ts'));
      else if (from.startsWith('.')) visit(join(dirname(file), from.replace(/\.js$/, '.ts')));
    }
  };
  visit(join(source, 'index.ts'));
  expect(seen.size).toBeGreaterThan(20);
});

describe('a stream of random numbers is one', () => {
  const images = raw(ndarray(new Uint8Array(4 * 2 * 2), [4, 2, 2, 1]));
  const mixture = main.gaussianMixture({ means: [[0]], covariances: [[[1]]] });
  const functions: Record<string, (rng: never) => unknown> = {
    batches: (none) => main.batches(images, { batchSize: 2, rng: none }),
    pointBatches: (none) => main.pointBatches(main.twoMoons(), { batchSize: 2, rng: none }),
    augment: (none) => main.augment(main.toImages(images).x0, { rng: none }),
    eightGaussians: (none) => main.eightGaussians()(2, none),
    twoMoons: (none) => main.twoMoons()(2, none),
    swissRoll: (none) => main.swissRoll()(2, none),
    checkerboard: (none) => main.checkerboard()(2, none),
    spirals: (none) => main.spirals()(2, none),
    'GaussianMixture.sample': (none) => mixture.sample(2, none),
  };
  test.each(Object.entries(functions))('%s', (name, run) => {
    for (const none of [undefined, 7, createRng])
      expect(() => run(none as never)).toThrow(`${name}: rng must be an Rng, got `);
  });
});
