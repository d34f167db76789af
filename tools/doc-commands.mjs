// `node tools/doc-commands.mjs [--all] [--keep] [--times] [--match TEXT]`: runs the command lines that documents and messages show, in a fresh clone of
// HEAD (with what isn't committed yet laid over it), on small inputs, by the rules of command-rules.mjs. Without --all only the quick
// ones. Prints what is wrong, what wasn't run and why, and `commands: N passed, N failed`. --keep leaves the clone; --match
// takes only commands with a text in them.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { configOf, makeInputs } from './command-inputs.mjs';
import { commandEnvironment, runShown } from './command-run.mjs';
import { root } from './setup.mjs';
import { shownCommands } from './shown-commands.mjs';

const { values: flags } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    times: { type: 'boolean', default: false },
    match: { type: 'string', default: '' },
  },
});
const { all } = flags;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immiscible-commands-')));
const clone = join(folder, 'clone');

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** What `git clone` gives, and over it what isn't committed yet: that is to be tried, too. */
function makeClone() {
  git('clone', '--quiet', root, clone);
  const list = (...args) =>
    git('-C', root, ...args, '-z')
      .split('\0')
      .filter(Boolean);
  for (const file of [
    ...list('diff', '--name-only', 'HEAD'),
    ...list('ls-files', '--others', '--exclude-standard'),
  ]) {
    const [from, to] = [join(root, file), join(clone, file)];
    mkdirSync(dirname(to), { recursive: true });
    if (existsSync(from)) copyFileSync(from, to);
    else rmSync(to, { force: true });
  }
}

/**
 * As `npm ci` leaves node_modules, but with links to this repository's copies of others' packages; its own packages and their commands
 * are links within the clone.
 */
function linkModules() {
  const from = join(root, 'node_modules');
  const to = join(clone, 'node_modules');
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (['.bin', '@immiscible'].includes(name))
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else if (name === '.package-lock.json' || name === '.immiscible-setup.json')
      copyFileSync(join(from, name), join(to, name));
    else if (!name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    const own = join('packages', name, 'node_modules');
    if (existsSync(join(root, own))) symlinkSync(join(root, own), join(clone, own));
  }
}

/** What `npm start` does before its first run, with this repository's build cache. */
function setUp(env) {
  for (const part of ['workspace-data', 'cache']) {
    const from = join(root, '.nx', part);
    if (!existsSync(from)) continue;
    mkdirSync(join(clone, '.nx'), { recursive: true });
    if (part === 'cache') symlinkSync(from, join(clone, '.nx', part));
    else cpSync(from, join(clone, '.nx', part), { recursive: true });
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/setup.mjs'], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`node tools/setup.mjs must set up a clone, got ${status}:\n${stdout}${stderr}`);
}

let result;
try {
  makeClone();
  linkModules();
  const { env, hasNative } = await commandEnvironment(folder);
  setUp(env);
  await makeInputs(clone, configOf(join(root, 'packages', 'cli', 'README.md')));
  const shown = [...shownCommands(clone)].filter(([command]) => command.includes(flags.match));
  result = runShown(shown, { cwd: clone, env, hasNative, place: 'clone', all, say: console.log });
} finally {
  if (flags.keep) console.log(`kept ${relative(tmpdir(), folder)} in the folder of temporary files`);
  else rmSync(folder, { recursive: true, force: true });
}
const { passed, failed, notes, seconds } = result;
if (flags.times) {
  for (const [time, command] of seconds.sort(([a], [b]) => b - a))
    console.log(time.toFixed(1).padStart(7), command);
}
for (const note of notes) console.log(note);
console.log(`commands: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
