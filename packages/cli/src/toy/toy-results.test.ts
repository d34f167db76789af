import { expect, test } from 'vitest';
import { toyFigure } from './toy-figure.js';
import { toyMarkdown } from './toy-markdown.js';
import { lastLogRatio, meanCurve, type ToyResults } from './toy-results.js';

const curve = (coupling: string, seed: number, last: number) => ({
  set: 'two moons',
  method: 'EDM',
  coupling,
  seed,
  points: [
    { step: 5, few: 9, many: 9 },
    { step: 10, few: last, many: 1 },
  ],
});
/** Half, a third and a quarter of the baseline. */
const results: ToyResults = {
  format: 1,
  command: 'command',
  engine: 'engine',
  settings: {
    steps: 10,
    evaluations: 2,
    batchSize: 4,
    width: 8,
    layers: 1,
    learningRate: 1e-3,
    samples: 100,
  },
  seeds: [0, 1, 2],
  samplingSteps: { EDM: [4, 16] },
  chance: { 'two moons': [0.02, 0.04] },
  curves: [0, 1, 2].flatMap((seed) => [
    curve('independent', seed, 12),
    curve('assigned', seed, 12 / (seed + 2)),
  ]),
};

test('curves are means over seeds, with t-intervals', () => {
  const [, last] = meanCurve(results, { set: 'two moons', method: 'EDM', coupling: 'assigned' }, 'few');
  // 6, 4 and 3: mean 13/3, deviation √(7/3); t of two degrees of freedom is 4.303 (NIST).
  expect(last?.step).toBe(10);
  expect(last?.distance.mean).toBeCloseTo(13 / 3, 12);
  expect(last?.distance.halfWidth).toBeCloseTo(4.303 * Math.sqrt(7 / 3 / 3), 10);
});

test('changes are means of logarithms of ratios, seed by seed', () => {
  const { mean } = lastLogRatio(
    results,
    { set: 'two moons', method: 'EDM', coupling: 'assigned', baseline: 'independent' },
    'few',
  );
  expect(Math.exp(mean)).toBeCloseTo(24 ** (-1 / 3), 12);
});

test('the page shows means, and changes in bold where the interval excludes none', () => {
  const page = toyMarkdown(results);
  expect(page).toContain('| EDM, 4 | two moons | 12.0 | 4.33 (**−65%**) |');
  expect(page).toContain('| EDM, 16 | two moons | 1.00 | 1.00 (±0%) |');
  expect(page).toContain('two moons 0.03');
});

test('the figure is one SVG with a chart for each method and set', () => {
  const svg = toyFigure(results, 'few');
  expect(svg.startsWith('<svg xmlns')).toBe(true);
  expect(svg.match(/class="chart-title"/g)).toHaveLength(1);
  expect(svg).toContain('EDM, two moons, 4 sampling steps');
});
