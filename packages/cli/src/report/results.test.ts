import { describe, expect, test } from 'vitest';
import { exampleSummary } from '../../test/summary-example.js';
import { UsageError } from '@immiscible/command-line';
import { mergeSummaries } from './results.js';
import { resultsMarkdown } from './results-markdown.js';
import { resultsSvg } from './results-svg.js';
import type { Summary } from './summary.js';

/** The example with another seed and all distances multiplied. */
function withSeed(seed: number, factor: number): Summary {
  const summary = exampleSummary();
  return {
    ...summary,
    seed,
    config: { ...summary.config, seed },
    twins: summary.twins.map((twin, i) => ({
      ...twin,
      curve: twin.curve.map((point) => ({ ...point, value: i === 0 ? point.value : point.value * factor })),
    })),
    comparisons: summary.comparisons.map((one) => ({ ...one, logRatio: one.logRatio + Math.log(factor) })),
  };
}

const merged = mergeSummaries([withSeed(2, 1.1), withSeed(0, 1), withSeed(1, 1 / 1.1)]);

describe('mergeSummaries', () => {
  test('gives means with t-intervals over the seeds', () => {
    expect(merged.seeds).toEqual([0, 1, 2]);
    const last = merged.twins[1]?.curve.find(
      ({ step, samplingSteps }) => step === 1500 && samplingSteps === 10,
    );
    expect(last?.distance.values).toEqual([20, 20 / 1.1, 22]);
    const mean = (20 + 20 / 1.1 + 22) / 3;
    const s = Math.hypot(20 - mean, 20 / 1.1 - mean, 22 - mean) / Math.SQRT2;
    expect(last?.distance.mean).toBeCloseTo(mean, 12);
    expect(last?.distance.halfWidth).toBeCloseTo((4.303 * s) / Math.sqrt(3), 10);
    // The baseline was the same in all three.
    expect(merged.twins[0]?.curve[0]?.distance).toMatchObject({ mean: 268, halfWidth: 0 });
  });

  test('judges the logarithm of the ratio, seed by seed', () => {
    const at10 = merged.comparisons.find(({ samplingSteps }) => samplingSteps === 10);
    // ln(20/35) and that ± ln 1.1
    expect(at10?.logRatio.mean).toBeCloseTo(Math.log(20 / 35), 12);
    expect(at10?.logRatio.halfWidth).toBeCloseTo((4.303 * Math.log(1.1)) / Math.sqrt(3), 10);
    expect(at10?.verdict).toBe('lower');
    const wide = mergeSummaries([withSeed(0, 1), withSeed(1, 3), withSeed(2, 1 / 3)]);
    expect(wide.comparisons.every(({ verdict }) => verdict === 'equal within noise')).toBe(true);
  });

  test('of one run knows no interval and no verdict', () => {
    const one = mergeSummaries([exampleSummary()]);
    expect(one.comparisons[0]).toMatchObject({ verdict: null, logRatio: { halfWidth: null } });
    expect(resultsMarkdown(one)).toContain('one seed: not known');
  });

  test.each<[string, Summary[], string]>([
    ['nothing', [], 'at least one run'],
    ['a seed twice', [withSeed(1, 1), withSeed(1, 2)], 'seeds must differ, got 1 twice'],
    [
      'a run that was stopped',
      [{ ...exampleSummary(), status: 'interrupted' }],
      'must be finished, got interrupted',
    ],
    [
      'another config',
      [exampleSummary(), { ...withSeed(1, 1), config: { ...withSeed(1, 1).config, batchSize: 7 } }],
      'must have the config of the one with seed 0',
    ],
  ])('refuses %s', (_, summaries, message) => {
    expect(() => mergeSummaries(summaries)).toThrow(UsageError);
    expect(() => mergeSummaries(summaries)).toThrow(message);
  });
});

test('the Markdown has the table, the seeds, n, extractor and every command', () => {
  const text = resultsMarkdown(merged);
  expect(text).toMatch(/^\| independent \| 213 ± 0 \| 81\.0 ± 0 \| 35\.0 ± 0 \|$/m);
  expect(text).toMatch(/^\| immiscible: change \| .* \| −43% \(−55% to −28%\) \|$/m);
  for (const part of [
    'Seeds 0, 1 and 2',
    '2,000 samples',
    'fashion-0123abcd',
    'npm start -- --config fashion-ddim',
  ]) {
    expect(text).toContain(part);
  }
});

test('the figure stands alone and has a band for each twin and number of sampling steps', () => {
  const svg = resultsSvg(merged);
  expect(svg.match(/class="band"/g)).toHaveLength(6);
  expect(svg.match(/<svg /g)).toHaveLength(4);
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toContain('http');
  expect(svg).not.toMatch(/NaN|undefined/);
});
