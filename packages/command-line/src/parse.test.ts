import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Command, defineCommand, parseCommand, UsageError } from './index.js';

const command = defineCommand({
  name: 'measure',
  about: 'Measure something',
  flags: {
    steps: { kind: 'integer', least: 1, about: 'how many' },
    seed: { kind: 'integer', least: 0, most: 9, default: 0, about: 'which' },
    counts: { kind: 'integers', least: 1, about: 'some' },
    level: { kind: 'number', above: 0, below: 1, default: 0.95, about: 'how sure' },
    sigma: { kind: 'number', above: 0, about: 'width' },
    shift: { kind: 'number', about: 'any' },
    mode: { kind: 'choice', choices: ['clean', 'pytorch'], default: 'pytorch', about: 'how' },
    metrics: { kind: 'choices', choices: ['kid', 'prdc'], about: 'what' },
    size: {
      kind: 'read',
      constraint: 'HEIGHTxWIDTH',
      read: (text: string) => (text === '2x3' ? ([2, 3] as const) : undefined),
      about: 'of images',
    },
    out: { kind: 'text', about: 'where' },
    jit: { kind: 'boolean', default: true, about: 'not recorded' },
    json: { kind: 'boolean', about: 'as JSON' },
  },
  words: { from: { about: 'a folder' }, to: { about: 'a file', optional: true } },
  run: async ({ flags, words }) => {
    expectTypeOf(flags.steps).toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.level).toEqualTypeOf<number>();
    expectTypeOf(flags.mode).toEqualTypeOf<'clean' | 'pytorch'>();
    expectTypeOf(flags.metrics).toEqualTypeOf<readonly ('kid' | 'prdc')[] | undefined>();
    expectTypeOf(flags.size).toEqualTypeOf<readonly [2, 3] | undefined>();
    expectTypeOf(flags.jit).toEqualTypeOf<boolean>();
    expectTypeOf(words.from).toEqualTypeOf<string>();
    expectTypeOf(words.to).toEqualTypeOf<string | undefined>();
  },
});
const parse = (...argv: string[]) => parseCommand(command, ['a', ...argv]);

describe('parseCommand', () => {
  test('gives defaults, and undefined where there is none', () => {
    const { flags, words } = parse();
    expect(flags).toMatchObject({ seed: 0, level: 0.95, mode: 'pytorch', jit: true, json: false });
    expect(flags['steps']).toBeUndefined();
    expect(words).toEqual({ from: 'a', to: undefined });
  });

  test.each([
    [['--steps', '3'], { steps: 3 }],
    [['--steps=3', '--steps=4'], { steps: 4 }],
    [['--counts', '1,2, 10'], { counts: [1, 2, 10] }],
    [['--level=.5'], { level: 0.5 }],
    [['--sigma=1e-3'], { sigma: 1e-3 }],
    [['--shift', '-1.5'], { shift: -1.5 }],
    [['--shift', '-.5'], { shift: -0.5 }],
    [['--mode', 'clean'], { mode: 'clean' }],
    [['--metrics', 'kid,prdc'], { metrics: ['kid', 'prdc'] }],
    [['--size=2x3'], { size: [2, 3] }],
    [['--out=--a=b'], { out: '--a=b' }],
    [['--out', '-'], { out: '-' }],
    [['--no-jit', '--json'], { jit: false, json: true }],
    [['--no-json', '--jit=false'], { jit: false, json: false }],
    [['--json=true', '--no-jit=false'], { jit: true, json: true }],
  ])('reads %j', (argv, expected) => {
    expect(parse(...argv).flags).toMatchObject(expected);
  });

  test('takes words anywhere, and only words after --', () => {
    expect(parse('--json', 'b').words).toEqual({ from: 'a', to: 'b' });
    expect(parse('--', '--json')).toMatchObject({ words: { to: '--json' }, flags: { json: false } });
    const many = { ...command, words: { run: { about: 'some', many: true } } } as Command;
    expect(parseCommand(many, ['a', '--seed', '1', 'b']).words).toEqual({ run: ['a', 'b'] });
  });

  test.each([
    [['--stpes', '3'], 'measure: unknown flag --stpes; did you mean --steps?'],
    [['--stpes=3'], 'measure: unknown flag --stpes; did you mean --steps?'],
    [['--no-jti'], 'unknown flag --no-jti; did you mean --no-jit?'],
    [['--no-steps'], 'unknown flag --no-steps; did you mean --steps?'],
    [['--qqqqqqqq'], 'unknown flag --qqqqqqqq; known: --steps, --seed,'],
    [['--constructor'], 'unknown flag --constructor'],
    [['--__proto__=1'], 'unknown flag --__proto__'],
    [['-s', '3'], 'unknown flag -s'],
    [['-json'], 'unknown flag -j'],
    [['--steps'], 'measure: --steps must have a value, got none'],
    [['--steps='], '--steps must have a value, got none'],
    [['--steps', ''], '--steps must have a value, got none'],
    [['--steps= '], '--steps must have a value, got none'],
    [['--steps', '--json'], '--steps must have a value, got the flag --json'],
    [['--json=5'], '--json takes no value, got 5'],
    [['b', 'c'], 'there must be at most 2 words (FROM, TO), got c as well'],
    [[''], 'TO must not be empty'],
    ...['0', '-1', '1.5', '1e3', '0x10', 'ten', '9007199254740993'].map(
      (bad) => [['--steps', bad], `--steps must be an integer of at least 1, got ${bad}`] as const,
    ),
    [['--seed=10'], '--seed must be an integer from 0 to 9, got 10'],
    [
      ['--counts=2,,4'],
      '--counts must be an integer of at least 1, or several with commas between them, got 2,,4',
    ],
    [['--level', '95'], '--level must be in (0, 1), got 95'],
    [['--level', '1'], '--level must be in (0, 1), got 1'],
    [['--sigma=0'], '--sigma must be a number above 0, got 0'],
    [['--shift=0x1'], '--shift must be a number, got 0x1'],
    [['--shift=Infinity'], '--shift must be a number, got Infinity'],
    [['--mode', 'claen'], '--mode must be one of clean, pytorch, got claen; did you mean clean?'],
    [['--metrics=kid,'], '--metrics must be one of kid, prdc, got none'],
    [['--size=2'], '--size must be HEIGHTxWIDTH, got 2'],
  ] as [string[], string][])('%j is refused', (argv, message) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    expect(() => parse(...argv)).toThrow(message);
  });

  test('a word too few or unlooked for is named', () => {
    expect(() => parseCommand(command, [])).toThrow('measure: FROM must be given, got none');
    const none = { ...command, words: {} } as Command;
    expect(() => parseCommand(none, ['steps=3'])).toThrow('unexpected word steps=3; did you mean --steps?');
  });
});
