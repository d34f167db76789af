// Checks the package in the current folder as npm would publish it: what is in the tarball (licence, README, what `bin` and
// `exports` name), publint (strict) and are-the-types-wrong.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const shell = process.platform === 'win32';

function fail(message) {
  console.error(`pack-check: ${message}`);
  process.exit(1);
}

const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
if (!existsSync('LICENSE') || readFileSync('LICENSE', 'utf8') !== licence) {
  fail("LICENSE must be the repository's, got another or none; copy it into the package's folder");
}
const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  shell,
});
if (packed.status !== 0) fail(`npm pack must succeed, got: ${packed.stderr}`);
const files = new Map(JSON.parse(packed.stdout)[0].files.map(({ path, mode }) => [path, mode]));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** Every path that a field of package.json names, at any depth. */
const paths = (value) =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap((inner) => paths(inner));
const named = ['bin', 'exports', 'imports', 'browser'].flatMap((field) => paths(manifest[field]));
for (const path of ['LICENSE', 'README.md', ...named.map((name) => name.replace(/^\.\//, ''))]) {
  if (!files.has(path) && !path.includes('*')) fail(`the tarball must hold ${path}, got none; see \`files\``);
}
// npm links a command at `npm ci`, before anything is built: its file must be in the repository, and its name nobody else's.
for (const [name, path] of Object.entries(manifest.bin ?? {})) {
  if (!/^immiscible(-[a-z]+)?$/.test(name) || !path.startsWith('./bin/')) {
    fail(`bin must have names immiscible or immiscible-… of files in bin/, got ${name}: ${path}`);
  }
  const tracked = spawnSync('git', ['ls-files', '--error-unmatch', path], { encoding: 'utf8' });
  if (tracked.status !== 0 && existsSync(join(root, '.git'))) fail(`${path} must be in git`);
}

for (const [tool, args] of [
  ['publint', ['run', '--strict']],
  ['attw', ['--pack', '.', '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']],
]) {
  const result = spawnSync(join(bin, tool), args, { stdio: 'inherit', shell });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
