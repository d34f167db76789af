import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { compare, compareFeatures } from './compare.js';
import type { FileStatistics } from './npz-file.js';

const one = (mean: number, rest: Partial<FileStatistics> = {}): FileStatistics => ({
  n: 100,
  dimensions: 1,
  mean: Float64Array.of(mean),
  covariance: Float64Array.of(1),
  ...rest,
});
const inputs = ['a', 'b.npz'] as const;
const extractor = 'inception2015@6726825d0af5';

describe('compare', () => {
  it('calls the distance FID for the published Inception only', () => {
    expect(compare(inputs, one(0, { extractor }), one(3, { extractor }))).toEqual({
      metric: 'FID',
      value: 9,
      n: [100, 100],
      dimensions: 1,
      extractor,
      mode: 'pytorch',
      inputs,
      warnings: [],
    });
    const other = { extractor: 'inception2015-other@000000000000' };
    expect(compare(inputs, one(0, other), one(0, other)).metric).toBe('FD-inception2015-other');
    expect(compare(inputs, one(0), one(0)).metric).toBe('FD');
  });

  it('warns where n or the mode differ, or are unknown', () => {
    const clean = { extractor: `${extractor}+clean`, n: 90 };
    const { warnings } = compare(inputs, one(0, { extractor }), one(0, clean));
    expect(warnings.join('\n')).toContain('modes of resizing differ (pytorch and clean)');
    expect(warnings.join('\n')).toContain('numbers of images differ (100 and 90)');
    const { n: _, ...unknown } = one(0);
    expect(compare(inputs, one(0, { extractor }), unknown).warnings).toEqual([
      "b.npz doesn't say which extractor its features are of",
      "b.npz doesn't say of how many images it is",
    ]);
  });

  it('refuses other extractors', () => {
    expect(() => compare(inputs, one(0, { extractor }), one(0, { extractor: 'fashion@1' }))).toThrow(
      `b.npz must be of the extractor ${extractor} as a, got fashion@1`,
    );
  });
});

describe('compareFeatures', () => {
  const options = { metrics: ['kid', 'prdc'] as const, subsets: 2, subsetSize: 4, k: 1, seed: 3 };
  const features = ndarray(Float64Array.of(0, 1, 3, 6), [4, 1]);

  it('gives the metrics asked for, with their settings', () => {
    const set = one(0, { features });
    const { kid, prdc } = compareFeatures(inputs, set, set, options);
    expect(kid).toMatchObject({ subsets: 2, subsetSize: 4, seed: 3 });
    expect(prdc).toEqual({ precision: 1, recall: 1, density: 1, coverage: 1, k: 1 });
    expect(compareFeatures(inputs, one(0), one(0), { ...options, metrics: [] })).toEqual({});
  });

  it('refuses statistics', () => {
    expect(() => compareFeatures(inputs, one(0, { features }), one(0), options)).toThrow(
      'b.npz must be images or .npy features for kid, prdc, got statistics',
    );
  });
});
