import { ArgumentError, argumentMessage, type OptionMention } from '@immiscible/core';
import type { Command } from './command.js';
import { type Flag, flagLabel } from './flags.js';

/** An error as who typed the command should read it. */
export interface ErrorText {
  /** A sentence, as it is printed. */
  readonly text: string;
  /** Whether it is about what was typed: exit code 2. */
  readonly isUsage: boolean;
}

/**
 * A library's error by the command's own names: an option is the flag that sets it.
 *
 * @param error - about an argument of the library
 * @param command - whose flags and words set it
 */
export function argumentErrorText(error: ArgumentError, command: Command): ErrorText {
  const { fn, argument, problem } = error;
  const flag = flagThatSets(command, argument, fn);
  const typed = flag === undefined ? wordThatSets(command, argument, fn) : flagLabel(...flag);
  const text = argumentMessage({ ...problem, argument: typed ?? argument }, (option) =>
    mention(option, command),
  );
  return { text: typed === undefined ? `${fn}: ${text}` : text, isUsage: typed !== undefined };
}

/** `--convert`, `--crop center`, `--label-column none`; an option without a flag as in code. */
function mention(option: OptionMention, command: Command): string {
  const found = flagThatSets(command, option.option);
  const { value } = option;
  if (found === undefined) {
    const text = typeof value === 'string' ? `'${value}'` : String(value);
    return value === undefined ? option.option : `${option.option}: ${text}`;
  }
  const [name, flag] = found;
  if (flag.kind === 'boolean') {
    return value === undefined ? flagLabel(name, flag) : `--${value === false ? 'no-' : ''}${name}`;
  }
  if (value === undefined) return `--${name}`;
  // Of options that may be false or something else, no word says so better.
  return `--${name} ${value === false ? 'none' : String(value)}`;
}

function flagThatSets(
  { flags }: Command,
  argument: string,
  fn?: string,
): readonly [string, Flag] | undefined {
  return Object.entries(flags).find(([name, { sets }]) => names(sets ?? camel(name), argument, fn));
}

function wordThatSets({ words = {} }: Command, argument: string, fn: string): string | undefined {
  return Object.entries(words)
    .find(([, { sets }]) => sets !== undefined && names(sets, argument, fn))?.[0]
    .toUpperCase();
}

function names(sets: string | readonly string[], argument: string, fn?: string): boolean {
  return [sets].flat().some((one) => one === argument || (fn !== undefined && one === `${fn}.${argument}`));
}

function camel(name: string): string {
  return name
    .split('-')
    .map((part, i) => (i === 0 ? part : part.slice(0, 1).toUpperCase() + part.slice(1)))
    .join('');
}
