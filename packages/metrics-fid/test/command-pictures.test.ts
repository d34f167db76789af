import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fashionMnist10k } from '@immiscible/datasets';
import { measure } from '@immiscible/metrics-fid/node';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { fid, folder, pictures } from './fid-command.js';

describe('fid A B, of pictures', () => {
  const fashion = ['--extractor', 'fashion', '--backend', 'cpu'];

  it('takes pictures of different sizes in one folder, each with its own row, in order', async () => {
    const mixed = await pictures('mixed', 0, 9, true);
    const { images } = await fashionMnist10k();
    const { features } = await measure(mixed, {
      channels: 1,
      keep: true,
      extractor: async () => ({
        id: 'corner@1',
        dimensions: 2,
        extract: async ({ data, shape }) => {
          const [n = 0, h = 0, w = 0] = shape;
          const rows = Array.from({ length: n }, (_, i) => [
            h,
            data[i * h * w + (h * w) / 2 + w / 2] as number,
          ]);
          return ndarray(Float32Array.from(rows.flat()), [n, 2]);
        },
      }),
    });
    for (let i = 0; i < 9; i++) {
      expect(features?.get(i, 0)).toBe(i % 3 === 0 ? 24 : 28);
      expect(features?.get(i, 1)).toBe(Math.fround(images.get(i, 14, 14, 0) / 127.5 - 1));
    }
    const { out } = await fid(mixed, await pictures('same', 0, 9), ...fashion, '--allow-few', '--json');
    const { n, extractor, hash } = JSON.parse(out[0] as string);
    expect([n, extractor]).toEqual([[9, 9], `fashion@${hash}`]);
  });

  it('measures pictures of any size by --extractor values, without network or download', async () => {
    const [a, b] = [await pictures('values1', 0, 9, true), await pictures('values2', 9, 9)];
    const flags = ['--extractor', 'values', '--allow-few', '--json'];
    const found = JSON.parse((await fid(a, b, ...flags)).out[0] as string);
    expect([found.metric, found.extractor, found.dimensions]).toEqual(['FD-values', 'values@8x8', 192]);
    expect(found.value).toBeGreaterThan(0);
    const missing = await fid(a, b, '--weights', join(folder, 'none.pth'));
    expect(missing.errors.join()).toContain('or take --extractor random or values, which need no download');
  });

  it('measures pictures of any size by --extractor random, and never calls the distance FID', async () => {
    const [a, b] = [await pictures('random1', 0, 9, true), await pictures('random2', 9, 9)];
    const flags = ['--extractor', 'random', '--allow-few', '--json'];
    const found = JSON.parse((await fid(a, b, ...flags)).out[0] as string);
    expect(found).toMatchObject({
      metric: 'FD-random',
      extractor: 'random@v1-c3-s0',
      hash: null,
      dimensions: 192,
    });
    expect(found.value).toBeGreaterThan(0);
    // Nothing that it doesn't make itself may go by its name.
    const named = await fid(a, b, ...flags, '--features-of', 'random@v1-c3-s0');
    expect(named.errors.join()).toContain('other than inception2015, fashion, random and values');
  });

  it('leaves damaged pictures out on request, and says so, and what else is skipped', async () => {
    const [whole, damaged] = [await pictures('whole', 0, 8), await pictures('damaged-one', 0, 9)];
    writeFileSync(join(damaged, '008.png'), readFileSync(join(damaged, '008.png')).subarray(0, 60));
    writeFileSync(join(damaged, 'notes.txt'), 'x');
    const flags = ['--extractor', 'values', '--allow-few', '--skip-damaged'];
    const { errors, out } = await fid(whole, damaged, ...flags);
    expect(errors.join('\n')).toMatch(/damaged-one: 9 pictures, 1 other file skipped: .*notes\.txt/);
    expect(errors.join('\n')).toMatch(
      /damaged-one: 1 damaged picture skipped:\n.*008\.png must be a whole PNG/,
    );
    expect(out[1]).toBe('n 8 and 8, extractor values@8x8');
    expect(Number(out[0]?.split(' ')[1])).toBeLessThan(1e-9);
  });

  it('takes no labels, so that wrong ones are none of its business', async () => {
    const labeled = await pictures('labeled', 0, 8);
    writeFileSync(join(labeled, 'dataset.json'), '{"labels": [["000.png", -7]]}');
    expect((await fid(labeled, labeled, '--extractor', 'values', '--allow-few')).code).toBe(0);
  });

  it('--help fits 96 columns and says how the command is called', async () => {
    for (const args of [['--help'], ['fetch-inception', '--help']]) {
      const { out } = await fid(...args);
      const lines = out.join('\n').split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(96);
      expect(out[0]).toContain('usage: npx @immiscible/metrics-fid ');
    }
  });

  it('names a picture that is damaged, and a folder without any', async () => {
    const damaged = await pictures('damaged', 0, 3);
    const path = join(damaged, '001.png');
    writeFileSync(path, readFileSync(path).subarray(0, 60));
    const { errors, code } = await fid(damaged, damaged, ...fashion);
    expect([code, errors.join()]).toEqual([1, expect.stringContaining('001.png must be a whole PNG')]);
    mkdirSync(join(folder, 'nothing'));
    expect((await fid(join(folder, 'nothing'), damaged, ...fashion)).errors.join()).toContain(
      'nothing must hold pictures',
    );
  });
});
