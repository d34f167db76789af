import { CheckpointError } from '@immiscible/trainer';
import { bench } from './commands/bench.js';
import { type Command, parseGiven } from './commands/command.js';
import { compare } from './commands/compare.js';
import { config } from './commands/config.js';
import { evaluate } from './commands/evaluate.js';
import { otherPackages, runPackage } from './commands/other-packages.js';
import { sample } from './commands/sample.js';
import { summarize } from './commands/summarize.js';
import { toy2d } from './commands/toy-2d.js';
import { train } from './commands/train.js';
import { usage } from './commands/usage.js';
import { suggestion } from './config/nearest.js';
import { say, warn } from './terminal.js';
import { UsageError } from './usage-error.js';
import { WriteError } from './run/write-whole.js';

const PROGRAM = 'immiscible';
const commands: readonly Command[] = [compare, train, sample, evaluate, bench, summarize, toy2d, config];

function overview(): string {
  const rows = [
    ...commands.map(({ name, description }) => [name, description] as const),
    ...Object.entries(otherPackages).map(([name, { about }]) => [name, about] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`);
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
    say(overview());
    return name === undefined ? 2 : 0;
  }
  if (Object.hasOwn(otherPackages, name)) {
    return runPackage((otherPackages[name] as { package: string }).package, rest);
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const known = [...commands.map((one) => one.name), ...Object.keys(otherPackages)];
    throw new UsageError(`unknown command ${name}${suggestion(name, known)}`);
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    say(usage(command, PROGRAM));
    return 0;
  }
  return command.run(parseGiven(command, rest));
}

/** Prints what went wrong. @returns the exit code */
function told(error: unknown): number {
  if (error instanceof UsageError) {
    warn(error.message);
    return 2;
  }
  // Of the disk, not of the code: the stack would only hide what is said.
  if (error instanceof WriteError || error instanceof CheckpointError) {
    warn(error.message);
    return 1;
  }
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** Waits until what has been printed is out. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const code = await main(process.argv.slice(2)).catch(told);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Whatever still runs, a thread or an engine's own: the command is over.
process.exit(code);
