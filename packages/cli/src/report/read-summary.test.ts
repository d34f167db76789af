import { expect, test } from 'vitest';
import { exampleSummary } from '../../test/summary-example.js';
import { parseSummary } from './read-summary.js';

const example = exampleSummary();

test('what a run writes is read as it was; JSON writes null for NaN', () => {
  const evaluation = { ...example.evaluation, floor: NaN, floorN: 0 };
  for (const summary of [example, { ...example, evaluation }, { ...example, error: 'x', status: 'failed' }]) {
    expect(parseSummary(JSON.stringify(summary))).toEqual(summary);
  }
});

test.each<[string, object, string]>([
  ['a config with a path for a name', { config: { ...example.config, name: '../..' } }, 'config.name'],
  ['a twin with one', { twins: [{ ...example.twins[0], name: '..' }] }, 'twins.0.name'],
  ['a seed that is text', { seed: '<script>' }, 'seed'],
  ['a time that is none', { startedAt: 'now <script>' }, 'startedAt'],
  ['no twins', { twins: [] }, 'twins'],
  ['a curve of text', { twins: [{ ...example.twins[0], curve: [{ step: 'x' }] }] }, 'twins.0.curve.0'],
])('%s is refused with its place', (_, change, place) => {
  expect(() => parseSummary(JSON.stringify({ ...example, ...change }))).toThrow(place);
});

test.each(['', '{', 'null', '[]', '3'])('%j is no summary', (text) => {
  expect(() => parseSummary(text)).toThrow();
});
