import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.js';
import { type Command, integer, integers, oneOf, parseGiven, text } from './command.js';
import { usage } from './usage.js';

const command: Command = {
  name: 'measure',
  description: 'Measure something',
  flags: {
    steps: { type: 'string', valueHint: 'N', description: 'How many' },
    seed: { type: 'string', description: 'Which' },
    json: { type: 'boolean', description: 'As JSON' },
  },
  run: async () => 0,
};

describe('parseGiven', () => {
  test('takes values after = or a space, in any order', () => {
    const given = parseGiven(command, ['--seed', '3', '--json', '--steps=10']);
    expect(given.flags).toMatchObject({ seed: '3', json: true, steps: '10' });
    expect(text(parseGiven(command, []), 'seed')).toBeUndefined();
  });

  test.each([
    [['--stpes', '3'], 'measure: unknown flag --stpes; did you mean --steps?'],
    [['--stpes=3'], 'unknown flag --stpes; did you mean --steps?'],
    [['-s', '3'], 'unknown flag -s'],
    [['--'], 'unknown flag --'],
    [['steps=3'], 'unexpected word steps=3; did you mean --steps?'],
    [['--steps'], '--steps must have a value, got none'],
    [['--steps='], '--steps must have a value, got none'],
    [['--steps', ''], '--steps must have a value, got none'],
    [['--steps= '], '--steps must have a value, got none'],
    [['--steps', '--json'], '--steps must have a value, got none'],
    [['--json=5'], '--json takes no value, got 5'],
  ])('%j is refused', (argv, message) => {
    const parse = () => parseGiven(command, argv);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  test('words are kept for a command that takes them', () => {
    const given = parseGiven({ ...command, rest: { name: 'RUN…', description: '' } }, [
      'a',
      '--seed',
      '1',
      'b',
    ]);
    expect(given.rest).toEqual(['a', 'b']);
  });
});

describe('values', () => {
  const given = (value: string) => parseGiven(command, ['--steps', value]);

  test('an integer is one, and large enough', () => {
    expect(integer(given('12'), 'steps', 1)).toBe(12);
    for (const bad of ['0', '-1', '1.5', '1e3', '0x10', 'ten', '9007199254740993']) {
      expect(() => integer(given(bad), 'steps', 1)).toThrow(
        `--steps must be an integer of at least 1, got ${bad}`,
      );
    }
  });

  test('a list has commas', () => {
    expect(integers(given('2,4, 10'), 'steps', 1)).toEqual([2, 4, 10]);
    expect(() => integers(given('2,,4'), 'steps', 1)).toThrow(UsageError);
  });

  test('a choice is one of its options, or the nearest is named', () => {
    expect(oneOf(given('wasm'), 'steps', ['native', 'wasm'])).toBe('wasm');
    expect(() => oneOf(given('wsam'), 'steps', ['native', 'wasm'])).toThrow(
      '--steps must be one of native, wasm, got wsam; did you mean wasm?',
    );
  });
});

test('the usage names every flag, in lines that fit a terminal', () => {
  const long = Array.from({ length: 80 }, (_, i) => `word${i}`).join(' ');
  const flags = {
    ...command.flags,
    config: { type: 'string', valueHint: 'NAME', description: long },
  } as const;
  const shown = usage({ ...command, flags }, 'immiscible');
  for (const name of ['--steps N', '--seed', '--json', '--help', 'Measure something', 'word79'])
    expect(shown).toContain(name);
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});
