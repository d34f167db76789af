import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

describe('nearestName', () => {
  const known = ['steps', 'eta', 'maximize', 'learningRate', 'samples', '--config'];
  it.each([
    ['stpes', 'steps'],
    ['STEPS', 'steps'],
    ['sample', 'samples'],
    ['maximise', 'maximize'],
    ['learning_rate', 'learningRate'],
    ['numSteps', 'steps'],
    ['--configuration', '--config'], // typed on
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s → %s', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  it('counts two neighbors swapped as one edit', () => {
    // Of replacements alone, both would be two away.
    expect(nearestName('form', ['flam', 'from'])).toBe('from');
  });
});
