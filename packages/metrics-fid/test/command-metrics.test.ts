import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@immiscible/core';
import {
  frechetDistance,
  kernelDistance,
  memorization,
  mongeDistance,
  statistics,
} from '@immiscible/metrics-fid';
import { measure, readFeatures, readFidNpz, writeStatistics } from '@immiscible/metrics-fid/node';
import ndarray, { type NdArray } from 'ndarray';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fid, folder, json, normalFeatures, pictures } from './fid-command.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
let a = '';
let b = '';
beforeAll(() => {
  a = normalFeatures('a.npy', 400, 3, 0, 1);
  b = normalFeatures('b.npy', 300, 3, 1, 2);
});

describe('fid A B --metrics', () => {
  it("gives MIND, MiFID's penalty and other kernels' KD as the library's functions do", async () => {
    const flags = ['--kid-subset-size', '50', '--kid-subsets', '4', '--kid-sigma', '1.5'];
    const result = await json(
      ...[
        a,
        b,
        '--metrics',
        'kid,mind,mifid',
        '--projections',
        '20',
        '--threshold',
        '0.5',
        '--seed',
        '3',
        ...flags,
      ],
    );
    const [real, generated] = [await readFeatures(a), await readFeatures(b)];
    const rng = (name: string) => createRng(3).split(name);
    const kernel = { sigma: 1.5 };
    expect(result.kid).toEqual({
      ...kernelDistance(real, generated, { rng: rng('kid'), subsets: 4, subsetSize: 50, kernel }),
      ...{ subsets: 4, subsetSize: 50, kernel },
    });
    expect(result.mind).toEqual({
      value: mongeDistance(real, generated, { rng: rng('mind'), projections: 20 }),
      projections: 20,
    });
    const found = memorization(real, generated, { threshold: 0.5 });
    const of = (x: typeof real) => statistics(3).update(x).finish();
    const value = frechetDistance(of(real), of(generated)) / (found.penalty + 1e-14);
    expect(result.mifid).toEqual({ value, ...found, threshold: 0.5 });
    const { out } = await fid(a, b, '--metrics', 'kid,mind,mifid', ...flags);
    expect(out.slice(2).map((line) => line.split(' ')[0])).toEqual(['KD', 'MD', 'MiFD']);
    expect(out[2]).toMatch(/\(4 × 50, seed 0, kernel sigma 1\.5\)$/);
  });

  it('calls features what --features-of says, and the distance after it', async () => {
    const result = await json(a, b, '--features-of', 'dinov2-vitl14@reg4');
    expect([result.metric, result.extractor, result.mode]).toEqual([
      'FD-dinov2-vitl14',
      'dinov2-vitl14@reg4',
      null,
    ]);
    expect(result.warnings.join()).not.toContain('which extractor');
    const stats = join(folder, 'named.npz');
    await fid('--save-stats', a, stats, '--features-of', 'clip');
    expect((await fid(stats, b, '--features-of', 'dinov2')).errors.join()).toContain(
      'b.npy must be of the extractor clip as ',
    );
  });
});

describe('sFID', () => {
  it("reads guided-diffusion's mu_s and sigma_s, and keeps them in what it writes", async () => {
    const path = fixture('guided-diffusion.npz');
    const content = await readFidNpz(path, (content) => content);
    if (content.kind !== 'statistics') throw new Error(content.kind);
    const { mean, covariance, spatial } = content.statistics;
    // make-npz.py: the first two of mu, and the corner of sigma.
    expect([...(spatial?.mean ?? [])].map(Math.fround)).toEqual([...mean.subarray(0, 2)]);
    expect([...(spatial?.covariance ?? [])]).toEqual([
      covariance[0],
      covariance[1],
      covariance[6],
      covariance[7],
    ]);
    const copy = join(folder, 'copy.npz');
    await writeStatistics(copy, content.statistics);
    expect(await readFidNpz(copy, (content) => content)).toEqual(content);
    const result = await json(path, copy, '--metrics', 'sfid');
    expect(result.sfid.metric).toBe('FD-spatial');
    expect(result.sfid.value).toBeLessThan(1e-12);
    expect(result.sfid.dimensions).toBe(2);
  });

  it('takes images’ inner features in the same pass, and refuses extractors that have none', async () => {
    const folderOf = await pictures('spatial', 0, 5);
    const inner = { dimensions: 1 };
    const extractor = async () => ({
      id: 'inception2015@6726825d0af5',
      dimensions: 1,
      layer: 2048,
      atLayer: () => inner,
      extract: () => Promise.reject(new Error('two passes')),
      extractLayers: async (images: readonly NdArray<Float32Array>[]) =>
        [1, 10].map((by) =>
          ndarray(
            Float32Array.from(images, (image) => by * image.get(14, 14, 0)),
            [images.length, 1],
          ),
        ),
    });
    const options = { extractor: extractor as never, channels: 1 as const, spatial: true };
    const { n, mean, covariance, spatial } = await measure(folderOf, options);
    expect(n).toBe(5);
    expect(spatial?.mean[0]).toBeCloseTo(10 * (mean[0] as number), 5);
    expect(spatial?.covariance[0]).toBeCloseTo(100 * (covariance[0] as number), 4);
    const flags = ['--extractor', 'fashion', '--backend', 'cpu', '--metrics', 'sfid'];
    expect((await fid(folderOf, folderOf, ...flags)).errors.join()).toMatch(
      /--extractor must be inception with --dims 2048 for sfid, got fashion@/,
    );
  });
});

describe('fid --extractor MODULE', () => {
  const module = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const body = (rest: string) =>
    `export const channels = 1; export default ({ batchSize = 0 }) => ({ id: 'corner@1', dimensions: 2, ${rest} })`;
  const corner =
    'extract: async ({ data, shape: [n, h, w] }) => ({ shape: [n, 2], stride: [2, 1], offset: 0, size: 2 * n, data: Float32Array.from({ length: 2 * n }, (_, i) => i % 2 ? batchSize : data[(i / 2) * h * w + (h * w) / 2 + w / 2]) })';

  it('takes pictures’ features by the module, called after its id', async () => {
    const path = module('corner.mjs', body(corner));
    const [one, other] = [await pictures('m1', 0, 8), await pictures('m2', 8, 8)];
    const result = await json(one, other, '--extractor', path, '--batch-size', '7');
    expect([result.metric, result.extractor, result.dimensions]).toEqual(['FD-corner', 'corner@1', 2]);
    expect(result.value).toBeGreaterThan(0);
  });

  it.each([
    [
      'nothing.mjs',
      'export const x = 1;',
      'nothing.mjs must export a feature extractor { id, dimensions, extract }',
    ],
    ['broken.mjs', 'export default (', 'broken.mjs must be a module that loads, got '],
    [
      'inception.mjs',
      "export default { id: 'inception2015@1', dimensions: 1, extract() {} }",
      'other than inception2015, fashion, random and values, got "inception2015@1"',
    ],
    [
      'size.mjs',
      "export default { id: 'x@1', dimensions: 0.5, extract() {} }",
      'size.mjs must export an extractor with a positive integer as dimensions, got 0.5',
    ],
    [
      'shape.mjs',
      body('extract: async () => ({ shape: [1, 3], size: 3, offset: 0, data: [] })'),
      'extractor corner@1 must give features of shape [8,2] as a Float32Array, got [1,3] of Array',
    ],
    [
      'nan.mjs',
      body(
        'extract: async ({ shape: [n] }) => ({ shape: [n, 2], size: 2 * n, offset: 0, data: new Float32Array(2 * n).fill(NaN, 5) })',
      ),
      'm1 must give finite features by corner@1, got NaN as feature 1 of image 2',
    ],
  ])('refuses %s', async (name, text, message) => {
    const one = await pictures('m1', 0, 8);
    const { errors, code } = await fid(one, one, '--extractor', module(name, text));
    expect([code, errors.join()]).toEqual([1, expect.stringContaining(message)]);
  });
});

it('fid --version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect((await fid('--version')).out).toEqual([version]);
});

describe('stats:NAME', () => {
  const before = process.env['XDG_CACHE_HOME'];
  beforeEach(() => void (process.env['XDG_CACHE_HOME'] = join(folder, 'cache')));
  afterEach(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  });

  it('keeps statistics by a name, and says which names there are', async () => {
    mkdirSync(join(folder, 'cache'), { recursive: true });
    expect((await fid('stats:train', b)).errors.join()).toContain('stats:train must be one of none yet in ');
    const path = join(folder, 'cache', 'immiscible', 'statistics', 'train.npz');
    expect((await fid('--save-stats', a, 'stats:train')).out).toEqual([path]);
    expect(readFileSync(path).length).toBeGreaterThan(100);
    const [named, direct] = [await json('stats:train', b), await json(a, b)];
    expect(named.value).toBe(direct.value);
    expect(named.reference).toBe('stats:train');
    expect((await fid('stats:test', b)).errors.join()).toContain('stats:test must be one of train in ');
    expect((await fid('--save-stats', a, 'stats:../x')).errors.join()).toContain('got "../x"');
  });
});
