import { wrap } from '../report/wrap.js';
import type { Command } from './command.js';

const WIDTH = 100;
/** Of the column of flags; a longer one has its description on the next line. */
const FLAGS = 30;

/** How a command is used, for the terminal. */
export function usage({ name, description, flags, rest }: Command, program: string): string {
  const words = [program, name, '[FLAGS]', ...(rest ? [rest.name] : [])];
  const rows = [
    ...(rest ? [[rest.name, rest.description] as const] : []),
    ...Object.entries(flags).map(([flag, { type, ...about }]) => {
      const { valueHint } = about as { valueHint?: string };
      return [
        `--${flag}${type === 'boolean' ? '' : ` ${valueHint ?? 'VALUE'}`}`,
        about.description ?? '',
      ] as const;
    }),
    ['--help, -h', 'Show this'] as const,
  ];
  return [description, '', `usage: ${words.join(' ')}`, '', ...rows.map(row)].join('\n');
}

function row([left, description]: readonly [string, string]): string {
  const indent = ' '.repeat(FLAGS);
  const text = wrap(description, WIDTH - FLAGS)
    .split('\n')
    .join(`\n${indent}`);
  const start = `  ${left}`;
  return start.length < FLAGS ? `${start.padEnd(FLAGS)}${text}` : `${start}\n${indent}${text}`;
}
