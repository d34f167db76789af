import { describe, expect, it } from 'vitest';
import { checkOptions, type OptionKeys } from './options.js';

interface SampleOptions {
  readonly steps: number;
  readonly eta?: number;
}
const KEYS = { steps: true, eta: true } satisfies OptionKeys<SampleOptions>;

describe('checkOptions', () => {
  it('passes known keys', () => {
    checkOptions('f', {}, KEYS);
    checkOptions('f', { steps: 3, eta: undefined }, KEYS);
  });

  it.each([
    [{ numSteps: 3 }, 'f: options has no key "numSteps"; did you mean "steps"?'],
    [{ stpes: 3 }, 'f: options has no key "stpes"; did you mean "steps"?'],
    [{ coupling: 3 }, 'f: options has no key "coupling"; its keys are steps, eta'],
    [{ toString: 3 }, 'f: options has no key "toString"; its keys are steps, eta'],
  ])('refuses %j with the nearest name', (options, message) => {
    expect(() => checkOptions('f', options, KEYS)).toThrow(new RangeError(message));
  });

  it.each([
    [null, 'null'],
    [3, 'a number'],
    [[], 'an array'],
    ['x', 'a string'],
  ])('refuses %j, which is no object', (options, kind) => {
    expect(() => checkOptions('f', options, KEYS)).toThrow(
      new TypeError(`f: options must be an object, got ${kind}; its keys are steps, eta`),
    );
  });
});
