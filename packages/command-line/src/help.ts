import type { Command } from './command.js';
import { type Flag, flagLabel, type Words } from './flags.js';
import type { Program } from './program.js';
import { wrap } from './wrap.js';

const WIDTH = 96;
/** Of the left column; a longer label has its text on the next line. */
const LEFT = 30;

type Row = readonly [label: string, text: string];

/**
 * How a command is used, in lines of at most 96 columns.
 *
 * @param command - one of the program
 * @param program - whose name the usage begins with
 */
export function commandHelp(command: Command, program: Program): string {
  const { about, flags, words = {} } = command;
  const isMain = command === program.main;
  const usage = [program.name, ...(isMain ? [] : [command.name]), '[FLAGS]', ...usageWords(words)];
  const wordRows = Object.entries(words).map(([name, word]) => [name.toUpperCase(), word.about] as const);
  const flagRows = Object.entries(flags).map(([name, flag]) => flagRow(name, flag));
  const more: readonly Row[] = isMain ? [['--version', 'say which version this is']] : [];
  const rows = [...flagRows, ...more, ['--help, -h', 'show this'] as const];
  const left = columnOf([...wordRows, ...rows]);
  const others = isMain
    ? [[''], ['or one of these commands, each with its own --help:', ''], ...commandRows(program)]
    : [];
  return [
    ...wrap(about, WIDTH),
    '',
    `usage: ${usage.join(' ')}`,
    '',
    ...wordRows.flatMap((row) => lines(row, left)),
    ...(wordRows.length > 0 ? [''] : []),
    ...rows.flatMap((row) => lines(row, left)),
    ...others.flat(),
  ].join('\n');
}

/**
 * What commands there are.
 *
 * @param program - its name, what it is about, and its commands
 */
export function programHelp(program: Program): string {
  const { name, about } = program;
  return [
    ...wrap(about, WIDTH),
    '',
    `usage: ${name} COMMAND [FLAGS]`,
    '',
    ...commandRows(program).flat(),
    '',
    `${name} COMMAND --help shows a command's flags.`,
  ].join('\n');
}

function commandRows({ commands }: Program): string[][] {
  const rows = commands.map(({ name, about }) => [name, about] as const);
  return rows.map((row) => lines(row, columnOf(rows)));
}

function usageWords(words: Words): string[] {
  return Object.entries(words).map(([name, { optional, many }]) => {
    const word = `${name.toUpperCase()}${many ? '…' : ''}`;
    return optional ? `[${word}]` : word;
  });
}

function flagRow(name: string, flag: Flag): Row {
  const label = flagLabel(name, flag);
  if (flag.kind === 'boolean') return [label, flag.about];
  const preset = 'default' in flag && flag.default !== undefined ? ` (default: ${flag.default})` : '';
  const choices = 'choices' in flag ? flag.choices.join('|') : '';
  const short = choices !== '' && `--${name} ${choices}`.length < LEFT - 3;
  const hint = flag.hint ?? (short ? choices : HINTS[flag.kind]);
  const among = 'choices' in flag && !short && flag.hint === undefined ? ` (${flag.choices.join(', ')})` : '';
  return [`${label} ${hint}`, `${flag.about}${among}${preset}`];
}

const HINTS = {
  ...{ text: 'TEXT', integer: 'N', number: 'X', choice: 'NAME', choices: 'NAME,…', integers: 'N,…' },
  read: 'VALUE',
} as const;

function columnOf(rows: readonly Row[]): number {
  return Math.min(LEFT, Math.max(...rows.map(([label]) => label.length)) + 4);
}

function lines([label, text]: Row, left: number): string[] {
  const start = `  ${label}`;
  const body = wrap(text, WIDTH - left);
  const [first = '', ...rest] =
    start.length < left - 1 ? [start.padEnd(left) + body.shift(), ...body] : [start, ...body];
  return [first, ...rest.map((line) => ' '.repeat(left) + line)];
}
