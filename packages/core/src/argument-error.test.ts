import { describe, expect, test } from 'vitest';
import { ArgumentError, argumentMessage, check } from './index.js';

const problem = {
  fn: 'decode',
  argument: 'b.png',
  constraint: 'rgb',
  got: 'gray',
  fix: [
    'convert it, or say ',
    { option: 'convert', value: true },
    ' (and crop to the one of ',
    { option: 'crop', value: 'center' },
    ')',
  ],
} as const;

describe('ArgumentError', () => {
  test('says it all in one line, and keeps the parts apart', () => {
    const error = new ArgumentError(problem);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(
      "decode: b.png must be rgb, got gray; convert it, or say convert: true (and crop to the one of crop: 'center')",
    );
    expect(error.problem).toEqual(problem);
    expect(error.verb).toBe('be');
    expect(new ArgumentError({ ...problem, verb: 'hold', fix: '' }).message).toBe(
      'decode: b.png must hold rgb, got gray',
    );
  });

  test('check throws one', () => {
    const failing = () => check(false, 'f', 'steps', 'an integer of at least 1', 0.5, 'count from 1');
    expect(failing).toThrow(ArgumentError);
    expect(failing).toThrow('f: steps must be an integer of at least 1, got 0.5; count from 1');
  });

  test('goes to another thread as a RangeError, or by its parts', () => {
    const error = new ArgumentError(problem);
    const clone = structuredClone(error);
    expect(clone).toBeInstanceOf(RangeError);
    expect(clone.message).toBe(error.message);
    expect(new ArgumentError(structuredClone(error.problem)).message).toBe(error.message);
  });

  test('takes another name for its argument, and other words for options', () => {
    const named = new ArgumentError(problem).renamed('folder/b.png');
    expect(named.message.startsWith('decode: folder/b.png must be rgb, got gray; ')).toBe(true);
    expect(named.cause).toBeInstanceOf(ArgumentError);
    expect(argumentMessage(problem, ({ option }) => `--${option}`)).toBe(
      'b.png must be rgb, got gray; convert it, or say --convert (and crop to the one of --crop)',
    );
  });
});
