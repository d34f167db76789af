import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ArgumentError, check } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { defineCommand, jsonFlag, type Program, runProgram, UsageError, verbatimWords } from './index.js';

let failing: () => unknown = () => undefined;
const pack = defineCommand({
  name: 'pack',
  about: 'Pack pictures',
  flags: {
    convert: { kind: 'boolean', about: 'bring gray to color' },
    jit: { kind: 'boolean', default: true, about: 'not recorded' },
    crop: { kind: 'choice', choices: ['center', 'wide'], about: 'what to cut out' },
    'label-column': { kind: 'text', hint: 'NAME', sets: 'label', about: 'where labels are' },
    'subset-size': { kind: 'integer', least: 1, default: 1000, about: `${'many words '.repeat(20)}end` },
    'a-long-name-of-a-flag-that-needs-it': { kind: 'text', about: 'rare' },
    json: jsonFlag,
  },
  words: { to: { about: 'the file', sets: 'write.path' } },
  run: async (_, terminal) => {
    failing();
    terminal.log('done \u001b[31mred');
    terminal.status?.('\u001b]0;title\u0007');
  },
});
const program: Program = { name: 'npx tool', about: 'A tool', version: '1.2.3', commands: [pack] };

async function run(argv: readonly string[], of: Program = program) {
  const [out, errors, status]: [string[], string[], string[]] = [[], [], []];
  const code = await runProgram(of, argv, {
    log: (line) => void out.push(line),
    error: (line) => void errors.push(line),
    status: (line) => void status.push(line),
  });
  return { code, out: out.join('\n'), errors: errors.join('\n'), status };
}

async function failed(error: unknown, of?: Program) {
  failing = () => {
    throw error;
  };
  const result = await run(['pack', 'x'], of);
  failing = () => undefined;
  return result;
}

describe('runProgram', () => {
  test('runs a command, and lets nothing through that steers a terminal', async () => {
    const { code, out, status } = await run(['pack', 'x']);
    expect([code, out]).toEqual([0, 'done \\u001b[31mred']);
    expect(status).toEqual(['\\u001b]0;title\\u0007']);
    expect((await run(['pack', 'x', '--\u001b[31m'])).errors).not.toContain('\u001b');
  });

  test.each([
    [[], 2],
    [['--help'], 0],
    [['-h'], 0],
    [['--version'], 0],
    [['pakc'], 2],
    [['pack'], 2],
    [['pack', '--help'], 0],
    [['pack', 'x', '--', '--help'], 2],
    [['pack', 'x', '--jsno'], 2],
  ])('%j ends with %i', async (argv, code) => {
    const result = await run(argv);
    expect(result.code).toBe(code);
    expect(code === 0 ? result.errors : result.out).toBe('');
  });

  test('names the nearest command', async () => {
    expect((await run(['pakc'])).errors).toBe('unknown command pakc; did you mean pack?');
    expect((await run(['--version'])).out).toBe('1.2.3');
  });

  test('help has every flag, word and default, in 96 columns', async () => {
    const { out } = await run(['pack', '--help']);
    expect(out).toContain('usage: npx tool pack [FLAGS] TO\n');
    for (const part of [
      /^ {2}TO {2,}the file$/m,
      /^ {2}--no-jit {2,}not recorded$/m,
      /^ {2}--crop center\|wide {2,}what to cut out$/m,
      /^ {2}--label-column NAME {2,}where labels are$/m,
      /^ {2}--subset-size N {2,}many words/m,
      /many words end \(default: 1000\)$/m,
      /^ {2}--a-long-name-of-a-flag-that-needs-it TEXT\n {30}rare$/m,
      /^ {2}--help, -h {2,}show this$/m,
    ]) {
      expect(out).toMatch(part);
    }
    const all = `${out}\n${(await run(['--help'])).out}`;
    expect(Math.max(...all.split('\n').map((line) => line.length))).toBeLessThanOrEqual(96);
  });

  test('a verbatim command reads for itself what follows its name', async () => {
    const got: unknown[] = [];
    const other = defineCommand({
      name: 'other',
      about: 'Another program',
      flags: {},
      words: verbatimWords,
      verbatim: true,
      run: async ({ words: { rest } }) => {
        got.push(rest);
        return 3;
      },
    });
    const of: Program = { ...program, commands: [...program.commands, other] };
    expect(await run(['other', 'info', '--help', '--', '-x='], of)).toMatchObject({ code: 3, out: '' });
    expect(got).toEqual([['info', '--help', '--', '-x=']]);
    expect((await run(['--help'], of)).out).toMatch(/^ {2}other {2,}Another program$/m);
  });

  test('a main command goes without a name, beside others', async () => {
    const main = { ...pack, name: 'tool' };
    const of: Program = { ...program, main, commands: [{ ...pack, name: 'fetch', about: 'Get it' }] };
    expect((await run(['x'], of)).code).toBe(0);
    expect((await run(['fetch', 'x'], of)).code).toBe(0);
    expect((await run([], of)).errors).toBe('tool: TO must be given, got none');
    const { out } = await run(['--help'], of);
    expect(out).toContain('usage: npx tool [FLAGS] TO\n');
    expect(out).toMatch(/^ {2}fetch {2,}Get it$/m);
    expect((await run(['fetch', '--help'], of)).out).toContain('usage: npx tool fetch [FLAGS] TO\n');
  });
});

describe('what goes wrong', () => {
  test('a usage error is its message, with exit code 2; another error its message, with 1', async () => {
    expect(await failed(new UsageError('no'))).toMatchObject({ code: 2, errors: 'no' });
    expect(await failed(new Error('broken'))).toMatchObject({ code: 1, errors: 'broken', status: [''] });
    expect(await failed(new Error('broken', { cause: 'gcc: no' }))).toMatchObject({
      errors: 'gcc: no\nbroken',
    });
    expect(await failed('text')).toMatchObject({ code: 1, errors: 'text' });
    const { errors } = await failed(new Error('bug'), { ...program, isFault: () => true });
    expect(errors).toMatch(/^Error: bug\n\s+at /);
  });

  test('an option is called by the flag that sets it, with exit code 2', async () => {
    const message = async (fn: string, argument: string) => {
      const { code, errors } = await failed(new ArgumentError({ fn, argument, constraint: 'x', got: 'y' }));
      return `${code} ${errors}`;
    };
    expect(await message('f', 'crop')).toBe('2 --crop must be x, got y');
    expect(await message('f', 'subsetSize')).toBe('2 --subset-size must be x, got y');
    expect(await message('f', 'label')).toBe('2 --label-column must be x, got y');
    expect(await message('f', 'jit')).toBe('2 --no-jit must be x, got y');
    expect(await message('write', 'path')).toBe('2 TO must be x, got y');
    expect(await message('read', 'path')).toBe('1 read: path must be x, got y');
    expect(await message('f', 'b.png')).toBe('1 f: b.png must be x, got y');
  });

  test('advice speaks of flags', async () => {
    const fix = [
      ...['say ', { option: 'convert', value: true }, ' or ', { option: 'crop', value: 'center' }, ' or '],
      ...[{ option: 'label', value: false }, ' or ', { option: 'jit', value: false }, ' or '],
      ...[{ option: 'workers', value: 0 }, ', a smaller ', { option: 'subsetSize' }],
    ];
    const error = () => check(false, 'f', 'b.png', 'rgb', 1, fix);
    expect(error).toThrow(
      "say convert: true or crop: 'center' or label: false or jit: false or workers: 0, a smaller subsetSize",
    );
    let thrown: unknown;
    try {
      error();
    } catch (caught) {
      thrown = caught;
    }
    expect((await failed(thrown)).errors).toBe(
      'f: b.png must be rgb, got 1; say --convert or --crop center or --label-column none or --no-jit or workers: 0, ' +
        'a smaller --subset-size',
    );
  });
});

const built = new URL('../dist/index.js', import.meta.url);
test.skipIf(!existsSync(built))('a reader that has enough of a pipe is no failure', () => {
  const script = `
    import { defineCommand, runMain } from ${JSON.stringify(built.href)};
    await runMain({ name: 'x', about: '', version: '', commands: [], main: defineCommand({ name: 'x', about: '', flags: {},
      run: async (_, terminal) => { for (let i = 0; i < 1e5; i++) terminal.log('line'); } }) });`;
  const shell = `"${process.execPath}" --input-type=module -e "$SCRIPT" | head -n 1`;
  const env = { ...process.env, SCRIPT: script };
  const { stdout, stderr, status } = spawnSync('bash', ['-o', 'pipefail', '-c', shell], {
    encoding: 'utf8',
    env,
  });
  expect([stdout, stderr, status]).toEqual(['line\n', '', 0]);
});
