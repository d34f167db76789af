#!/usr/bin/env node
import { bench } from './commands/bench.js';
import { type Command, parseGiven, usage } from './commands/command.js';
import { compare } from './commands/compare.js';
import { evaluate } from './commands/evaluate.js';
import { sample } from './commands/sample.js';
import { summarize } from './commands/summarize.js';
import { toy2d } from './commands/toy-2d.js';
import { train } from './commands/train.js';
import { suggestion } from './config/nearest.js';
import { UsageError } from './usage-error.js';

const PROGRAM = 'experiments';
const commands: readonly Command[] = [compare, train, sample, evaluate, bench, summarize, toy2d];

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
  return [
    `usage: ${PROGRAM} COMMAND [FLAGS]`,
    '',
    ...lines,
    '',
    `${PROGRAM} COMMAND --help shows a command's flags.`,
  ].join('\n');
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(overview());
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const known = commands.map((one) => one.name);
    throw new UsageError(`unknown command ${name}${suggestion(name, known)}`);
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(await usage(command, PROGRAM));
    return 0;
  }
  return command.run(parseGiven(command, rest));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(error.message);
    process.exitCode = 2;
  } else {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exitCode = 1;
  }
}
