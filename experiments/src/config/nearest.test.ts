import { expect, test } from 'vitest';
import { nearest, suggestion } from './nearest.js';

const flags = ['--config', '--steps', '--seed', '--backend', '--out', '--resume'];

test.each([
  ['--stpes', '--steps'], // two neighbors swapped: one edit
  ['--step', '--steps'], // cut short
  ['--sed', '--seed'],
  ['--Config', '--config'],
  ['--configuration', '--config'], // typed on
])('%s is nearest to %s', (name, expected) => {
  expect(nearest(name, flags)).toBe(expected);
});

test('two neighbors swapped are one edit', () => {
  // Of replacements alone, both would be two away.
  expect(nearest('form', ['flam', 'from'])).toBe('from');
});

test('a name that is far from all is near none, and the suggestion lists what there is', () => {
  expect(nearest('wavelets', flags)).toBeUndefined();
  expect(suggestion('wavelets', ['a', 'b'])).toBe('; known: a, b');
});
