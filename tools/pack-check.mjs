// Checks the package in the current folder as npm would publish it: publint (strict) and are-the-types-wrong.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
for (const [tool, args] of [
  ['publint', ['run', '--strict']],
  ['attw', ['--pack', '.', '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']],
]) {
  const result = spawnSync(join(bin, tool), args, { stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
