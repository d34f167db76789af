import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Commands that are other packages' own, and work without this one too. */
export const otherPackages: Readonly<Record<string, { readonly package: string; readonly about: string }>> = {
  data: { package: '@immiscible/datasets', about: 'Get, pack and look at data sets' },
  fid: { package: '@immiscible/metrics-fid', about: 'FID and its relatives of two sets of images' },
  engine: { package: '@immiscible/backend', about: 'Install the native engine, or say which there is' },
};

/**
 * Runs another package's command in a process of its own, with this one's streams.
 *
 * @param name - of the package, which has one command
 * @returns its exit code
 */
export function runPackage(name: string, argv: readonly string[]): Promise<number> {
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
