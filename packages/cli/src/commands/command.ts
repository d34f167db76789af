import { type ArgsDef, parseArgs } from 'citty';
import { suggestion } from '../config/nearest.js';
import { UsageError } from '../usage-error.js';

/** What was typed: flags by name, and the rest. */
export interface Given {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly rest: readonly string[];
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly description: string;
  readonly flags: ArgsDef;
  /** What may stand beside flags, as the usage shows it. */
  readonly rest?: { readonly name: string; readonly description: string };
  /** @returns the exit code */
  run(given: Given): Promise<number>;
}

/**
 * Reads the flags of a command, strictly.
 *
 * @throws UsageError for a flag that it doesn't have (with the nearest it has), a missing value, or a stray word
 */
export function parseGiven(command: Command, argv: readonly string[]): Given {
  const { rest } = checkWords(command, argv);
  const parsed = parseArgs([...argv], command.flags);
  const flags = Object.fromEntries(
    Object.keys(command.flags).map((name) => {
      // The parser takes --no-x for x = false.
      const negated = name.startsWith('no-') && parsed[name.slice(3)] === false;
      return [name, negated || (parsed[name] as string | boolean | undefined)];
    }),
  );
  return { flags, rest };
}

function checkWords(command: Command, argv: readonly string[]): { rest: string[] } {
  const names = Object.keys(command.flags);
  const known = [...names.map((name) => `--${name}`), '--help'];
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }
    const [flag, value] = splitOnce(word);
    const name = flag.replace(/^--/, '');
    if (!flag.startsWith('--') || !names.includes(name)) {
      throw new UsageError(`${command.name}: unknown flag ${flag}${suggestion(flag, known)}`);
    }
    const boolean = command.flags[name]?.type === 'boolean';
    if (boolean && value !== undefined && value !== 'true' && value !== 'false') {
      throw new UsageError(`${command.name}: ${flag} takes no value, got ${value}`);
    }
    if (boolean || value !== undefined) {
      if (value?.trim() === '') throw new UsageError(`${command.name}: ${flag} must have a value, got none`);
      continue;
    }
    const next = argv[++i];
    if (next === undefined || next.trim() === '' || (next.startsWith('-') && !/^-\d/.test(next))) {
      throw new UsageError(`${command.name}: ${flag} must have a value, got none`);
    }
  }
  if (rest.length > 0 && !command.rest) {
    const word = rest[0] as string;
    const near = suggestion(`--${word}`, known).replace(/^; known.*/, '');
    throw new UsageError(`${command.name}: unexpected word ${word}${near}`);
  }
  return { rest };
}

function splitOnce(word: string): [flag: string, value: string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** The text of a flag, or undefined. */
export function text({ flags }: Given, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UsageError unless the flag is an integer of at least `minimum` */
export function integer(given: Given, name: string, minimum: number): number | undefined {
  const value = text(given, name);
  return value === undefined ? undefined : parseInteger(name, value, minimum);
}

/** Integers with commas between them. */
export function integers(given: Given, name: string, minimum: number): number[] | undefined {
  return text(given, name)
    ?.split(',')
    .map((value) => parseInteger(name, value.trim(), minimum));
}

/** @throws UsageError unless the flag is one of `options` */
export function oneOf<T extends string>(given: Given, name: string, options: readonly T[]): T | undefined {
  const value = text(given, name);
  if (value === undefined || (options as readonly string[]).includes(value)) return value as T | undefined;
  const near = suggestion(value, options).replace(/^; known.*/, '');
  throw new UsageError(`--${name} must be one of ${options.join(', ')}, got ${value}${near}`);
}

function parseInteger(name: string, value: string, minimum: number): number {
  // Number() would take "", "0x10" and "1e3" for integers too.
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < minimum) {
    throw new UsageError(`--${name} must be an integer of at least ${minimum}, got ${value}`);
  }
  return number;
}
