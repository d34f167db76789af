import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Command, defineCommand, verbatimWords } from '@immiscible/command-line';

/** A command that is another package's own, and works without this one too. */
function commandOf(name: string, owner: string, about: string): Command {
  return defineCommand({
    name,
    about,
    flags: {},
    words: verbatimWords,
    verbatim: true,
    run: ({ words: { rest } }) => runPackage(owner, rest),
  });
}

export const otherPackages: readonly Command[] = [
  commandOf('data', '@immiscible/datasets', 'Get, pack and look at data sets'),
  commandOf('fid', '@immiscible/metrics-fid', 'FID and its relatives of two sets of images'),
  commandOf('engine', '@immiscible/backend', 'Install the native engine, or say which there is'),
];

/**
 * Runs another package's command in a process of its own, with this one's streams.
 *
 * @param name - of the package, which has one command
 * @returns its exit code
 */
function runPackage(name: string, argv: readonly string[]): Promise<number> {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Readonly<Record<string, string>> };
  const script = join(dirname(manifest), Object.values(bin)[0] as string);
  // Ctrl-C reaches both: the other one ends as it sees fit, and this one with it.
  process.on('SIGINT', () => {});
  const child = spawn(process.execPath, [script, ...argv], { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
