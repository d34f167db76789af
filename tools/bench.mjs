// `npm run bench -- SUITE [ARGS] [--json]`: runs packages/*/bench/SUITE.bench.mjs against the built packages.
// A suite exports `name` and `run({ args, json })`; with --json the last line printed is one JSON object.
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setup } from './setup.mjs';

const suites = new Map();
for (const folder of [
  ...readdirSync(join(root, 'packages')).map((name) => join('packages', name)),
  'experiments',
]) {
  const bench = join(root, folder, 'bench');
  if (!existsSync(bench)) continue;
  for (const file of readdirSync(bench)) {
    if (file.endsWith('.bench.mjs')) suites.set(file.slice(0, -'.bench.mjs'.length), join(bench, file));
  }
}

const [suite, ...rest] = process.argv.slice(2);
const json = rest.includes('--json');
const args = rest.filter((arg) => arg !== '--json');
if (!suites.has(suite)) {
  console.error(
    `bench: SUITE must be one of ${[...suites.keys()].sort().join(', ')}, got ${suite ?? 'nothing'}`,
  );
  console.error('usage: npm run bench -- SUITE [ARGS] [--json]');
  process.exit(2);
}
setup();
const { run } = await import(pathToFileURL(suites.get(suite)).href);
const result = await run({ args, json });
if (json) {
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node };
  console.log(JSON.stringify({ suite, machine, ...result }));
}
