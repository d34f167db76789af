import { describe, expect, it } from 'vitest';
import { compare, compareSpatial } from './compare.js';
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
      hash: '6726825d0af5',
      mode: 'pytorch',
      claimed: [],
      inputs,
      reference: 'a',
      warnings: [],
    });
    const other = { extractor: 'inception2015-other@000000000000' };
    expect(compare(inputs, one(0, other), one(0, other)).metric).toBe('FD-inception2015-other');
    expect(compare(inputs, one(0), one(0)).metric).toBe('FD');
    // Nor does a file that says what it is of, or says nothing: it can't be told from one that was made up.
    expect(compare(inputs, one(0, { extractor }), one(0)).metric).toBe('FD-inception2015');
    const measured = one(0, { extractor, spatial: one(0) });
    expect(compareSpatial(inputs, measured, measured).metric).toBe('sFID');
    const claimed = { ...measured, claimed: true } as const;
    expect(compareSpatial(inputs, measured, claimed).metric).toBe('FD-inception2015-spatial');
    expect(compareSpatial(inputs, claimed, claimed).metric).toBe('FD-inception2015-spatial');
    // The name alone makes no FID: it takes the published weights.
    const named = { extractor: 'inception2015@000000000000' };
    expect(compare(inputs, one(0, named), one(0, named)).metric).toBe('FD-inception2015');
  });

  it('says which extractors are claims of files, and refuses claims that the numbers contradict', () => {
    const claim = (d: number, mean: number): FileStatistics => ({
      ...{
        n: 9000,
        dimensions: d,
        mean: new Float64Array(d).fill(mean),
        covariance: new Float64Array(d * d),
      },
      ...{ extractor: extractor.replace('@', d === 64 ? '-64@' : '@'), claimed: true },
    });
    expect(compare(inputs, claim(64, 1), { ...claim(64, 2), claimed: undefined as never }).claimed).toEqual([
      'a',
    ]);
    expect(() => compare(inputs, claim(3, 1), claim(3, 1))).toThrow(
      'a must be of 2048 features of at least 0 on average, as it says that it is of inception2015@6726825d0af5, got 3 features',
    );
    expect(() => compare(inputs, claim(64, -1), claim(64, 1))).toThrow('at least 0 on average');
  });

  it('refuses options that it has not', () => {
    expect(() => compare(inputs, one(0), one(0), { allowfew: true } as object)).toThrow(
      'compare: options has no key "allowfew"; did you mean "allowFew"?',
    );
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

  it('refuses sets with no more images than features, unless that is allowed', () => {
    const few = one(0, { n: 1 });
    expect(() => compare(inputs, one(0), few)).toThrow(
      'b.npz must be of more images than its 1 features, got 1; take more, or say allowFew: true',
    );
    expect(() => compare(inputs, one(0), one(0, { n: 2 }))).not.toThrow();
  });

  it('refuses other extractors', () => {
    expect(() => compare(inputs, one(0, { extractor }), one(0, { extractor: 'fashion@1' }))).toThrow(
      `b.npz must be of the extractor ${extractor} as a, got fashion@1`,
    );
  });
});
