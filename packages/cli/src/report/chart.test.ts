import { expect, test } from 'vitest';
import { domain, lineChart } from './chart.js';

const options = { title: 'a < b', xLabel: 'steps', yLabel: 'FD', yDomain: [1, 100] as const };

/** The dots' places, in order. */
function dots(svg: string): [number, number][] {
  return [...svg.matchAll(/<circle[^>]* cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

test('the y axis is logarithmic, the x axis begins at 0', () => {
  const points = [
    { x: 0, y: 1 },
    { x: 50, y: 10 },
    { x: 100, y: 100 },
  ];
  const [[x0, y0], [x1, y1], [x2, y2]] = dots(
    lineChart({ ...options, series: [{ name: 's', color: 0, points }] }),
  ) as [[number, number], [number, number], [number, number]];
  // Equal ratios, equal distances; larger values higher up, where SVG's y is smaller.
  expect(y0 - y1).toBeCloseTo(y1 - y2, 0);
  expect(y2).toBeLessThan(y0);
  expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
});

test('what has no logarithm is left out, and nothing to draw is nothing', () => {
  const of = (...values: number[]) =>
    lineChart({ ...options, series: [{ name: 's', color: 0, points: values.map((y, x) => ({ x, y })) }] });
  expect(dots(of(0, 10, NaN, 20, -3))).toHaveLength(2);
  expect(of(NaN, 0)).toBe('');
});

test('text is escaped, and no color is fixed', () => {
  const svg = lineChart({ ...options, series: [{ name: '<s>', color: 1, points: [{ x: 1, y: 2 }] }] });
  expect(svg).toContain('a &lt; b');
  expect(svg).toContain('&lt;s&gt;');
  expect(svg).not.toMatch(/#[0-9a-f]{3}|rgb|(fill|stroke)="(?!none|currentColor)/i);
});

test('a domain encloses its values', () => {
  const [low, high] = domain([3, 40, NaN, -1]);
  expect(low).toBeLessThan(3);
  expect(high).toBeGreaterThan(40);
  // One value alone gets room around it.
  const [least, most] = domain([5]);
  expect(most / least).toBeCloseTo(1.5, 9);
});
