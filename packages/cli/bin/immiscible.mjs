#!/usr/bin/env node
// In the repository, so that npm links the command before anything is built.
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.js', import.meta.url);
if (existsSync(cli)) await import(cli.href);
else {
  console.error(
    '@immiscible/cli: dist must be built, got none; run `node tools/setup.mjs` in the clone first',
  );
  process.exitCode = 1;
}
