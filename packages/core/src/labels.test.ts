import { describe, expect, it } from 'vitest';
import { checkLabels, NO_CLASS } from './labels.js';

describe('checkLabels', () => {
  it('passes class indices and NO_CLASS', () => {
    checkLabels('f', Int32Array.of(0, 2, NO_CLASS), 3, 3);
    checkLabels('f', [7], 1);
    checkLabels('f', [], 0, 0);
  });

  it.each([
    [[0, 3], 2, 'f: labels[1] must be a class index in [0, 3), or -1 for no class, got 3'],
    [[-2, 0], 2, 'f: labels[0] must be a class index in [0, 3), or -1 for no class, got -2'],
    [[0.5], 1, 'f: labels[0] must be a class index in [0, 3), or -1 for no class, got 0.5'],
    [[NaN], 1, 'got NaN'],
    [[0], 2, 'f: labels must be 2 numbers, one per image, got "1"'],
  ])('refuses %j', (labels, count, message) => {
    expect(() => checkLabels('f', labels, count, 3)).toThrow(message);
  });
});
