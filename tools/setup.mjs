// Makes a fresh clone ready, with Node's built-ins alone: packages, build, and the native engine where it can be had.
// `npm start`, `npm test` and `npm run bench` call it; each part is skipped when it is already done.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './install-packages.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

// Nx without its daemon and its full-screen view: nothing stays behind, and the output can be read in a log.
export const environment = {
  ...process.env,
  NX_DAEMON: process.env.NX_DAEMON ?? 'false',
  NX_TUI: 'false',
  NX_NO_CLOUD: 'true',
};

/** Runs a command in the repository's root; its output goes to the terminal unless `quiet`. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return spawnSync(command, args, {
    cwd: root,
    env: { ...environment, ...env },
    encoding: 'utf8',
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
}

/** Runs one of the workspace's own command-line tools. */
export function runTool(tool, args, options) {
  return run(join('node_modules', '.bin', tool), args, options);
}

function fail(message, result) {
  if (result) console.error(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  console.error(message);
  process.exit(1);
}

function build() {
  const result = runTool('nx', ['run-many', '-t', 'build', '--output-style=static'], { quiet: true });
  if (result.status !== 0) fail('setup: the build failed', result);
}

/**
 * The native engine, or a line that says why not. Everything works without it, slower.
 *
 * @returns whether it is there
 */
function installNative() {
  const started = Date.now();
  const result = run(
    process.execPath,
    ['packages/backend/bin/immiscible-backend.mjs', 'install', '--quiet'],
    {
      quiet: true,
    },
  );
  if (result.status === 0) {
    if (Date.now() - started > 5000) console.log('setup: native engine installed');
    // What it goes on without, kernels of our own say, in a line each.
    for (const line of result.stderr.trim().split('\n').filter(Boolean)) console.log(`setup: ${line}`);
    return true;
  }
  const reason =
    `${result.stderr ?? ''}${result.stdout ?? ''}`.trim().split('\n').filter(Boolean).at(-1) ??
    'no reason given';
  console.log(`setup: no native engine (${reason}); going on with wasm, which is several times slower`);
  return false;
}

/**
 * @param native - 'try' to install the native engine where it can be had, 'skip' to leave it
 */
export function setup({ native = 'try' } = {}) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    fail(`setup: Node must be version 20 or newer, got ${process.versions.node}; see https://nodejs.org`);
  }
  const problem = installPackages(root, (args) => run('npm', args, { quiet: true }), console.log);
  if (problem) fail(problem.message, problem.result);
  build();
  mkdirSync(join(root, '.cache'), { recursive: true });
  if (native === 'try' && !['wasm', 'cpu'].includes(process.env.IMMISCIBLE_BACKEND ?? '')) installNative();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
