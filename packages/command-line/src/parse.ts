import { parseArgs } from 'node:util';
import type { Command } from './command.js';
import { type Flag, flagLabel, type Given, type Words } from './flags.js';
import { readValue } from './read-value.js';
import { didYouMean, suggestion } from './suggestion.js';
import { UsageError } from './usage-error.js';

/**
 * Reads what was typed after a command's name: `--flag value` or `--flag=value`, `--x` and `--no-x`, words, and after `--` only words.
 * A flag given twice has the last value.
 *
 * @param command - what it may be
 * @param argv - what was typed, without the command's name
 * @throws UsageError for a flag that the command doesn't have (with the nearest that it has), a missing value, one that isn't of the
 *   flag's kind or in its range, and a word too many or too few
 */
export function parseCommand(command: Command, argv: readonly string[]): Given {
  const { name: at, flags } = command;
  const known = Object.entries(flags).map(([name, flag]) => flagLabel(name, flag));
  const refuse = (problem: string): never => {
    throw new UsageError(`${at}: ${problem}`);
  };
  // A typed value whatever it looks like; what isn't one is said better here than by the parser.
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { kind }]) => [
        name,
        { type: kind === 'boolean' ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, unknown>();
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, value } = token;
    const isLong = rawName.startsWith('--');
    const { flag, name, negated } = lookUp(flags, isLong ? rawName.slice(2) : '');
    if (flag === undefined)
      return refuse(`unknown flag ${rawName}${suggestion(rawName, [...known, '--help'])}`);
    if (flag.kind === 'boolean') {
      const off = value === 'false';
      if (value !== undefined && !off && value !== 'true') refuse(`${rawName} takes no value, got ${value}`);
      values.set(name, off === negated);
      continue;
    }
    const isFlag = token.inlineValue === false && /^-(?!\.?\d)./.test(value ?? '');
    if (value === undefined || value.trim() === '' || isFlag) {
      return refuse(`${rawName} must have a value, got ${isFlag ? `the flag ${value}` : 'none'}`);
    }
    values.set(name, readValue(name, flag, value));
  }
  return {
    flags: Object.fromEntries(
      Object.entries(flags).map(([name, flag]) => [
        name,
        values.has(name) ? values.get(name) : defaultOf(flag),
      ]),
    ) as Given['flags'],
    words: wordsOf(command.words ?? {}, rest, refuse, known) as Given['words'],
  };
}

function defaultOf(flag: Flag): unknown {
  if (flag.kind === 'boolean') return flag.default ?? false;
  return 'default' in flag ? flag.default : undefined;
}

/** A flag by what stands after its dashes; `no-` before a boolean one's name negates it. */
function lookUp(
  flags: Command['flags'],
  typed: string,
): { readonly flag?: Flag | undefined; readonly name: string; readonly negated: boolean } {
  if (Object.hasOwn(flags, typed)) return { flag: flags[typed], name: typed, negated: false };
  const name = typed.startsWith('no-') ? typed.slice(3) : '';
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  return { flag: flag?.kind === 'boolean' ? flag : undefined, name, negated: true };
}

function wordsOf(
  words: Words,
  rest: readonly string[],
  refuse: (problem: string) => never,
  flags: readonly string[],
): Record<string, string | readonly string[] | undefined> {
  const names = Object.keys(words);
  const out: Record<string, string | readonly string[] | undefined> = {};
  let next = 0;
  for (const [name, { many, optional }] of Object.entries(words)) {
    const found = rest.slice(next, many ? undefined : next + 1);
    next += found.length;
    if (found.length === 0 && !optional) refuse(`${name.toUpperCase()} must be given, got none`);
    if (found.some((word) => word.trim() === '')) refuse(`${name.toUpperCase()} must not be empty`);
    out[name] = many ? found : found[0];
  }
  const extra = rest[next];
  if (extra === undefined) return out;
  if (names.length === 0) return refuse(`unexpected word ${extra}${didYouMean(`--${extra}`, flags)}`);
  const most = `${names.length} ${names.length === 1 ? 'word' : 'words'}`;
  return refuse(`there must be at most ${most} (${names.join(', ').toUpperCase()}), got ${extra} as well`);
}
