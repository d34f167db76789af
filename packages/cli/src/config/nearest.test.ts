import { expect, test } from 'vitest';
import { suggestion } from './nearest.js';

test('the suggestion is the nearest name, or lists what there is', () => {
  expect(suggestion('stpes', ['steps', 'seed'], '--')).toBe('; did you mean --steps?');
  expect(suggestion('wavelets', ['a', 'b'])).toBe('; known: a, b');
});
