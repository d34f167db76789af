// Checks every command line that the documents and the code's messages show: that the command is there, in this clone or from this
// workspace, takes each flag, and is written so that nobody gets a stranger's package of the same bare name. Prints what is wrong, and
// `commands: N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
const manifest = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/** The lines of a document that are typed: in its shell blocks, and the commands that are quoted elsewhere. */
function typed(text) {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)\n([^]*?)^```$/gm)].flatMap(([, block]) => {
    const lines = block.replace(/\\\n\s*/g, ' ').split('\n');
    // In a block with prompts the rest is output.
    const prompted = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
    return prompted.length > 0 ? prompted : lines;
  });
  return [...blocks, ...quoted(text)];
}

/** Commands in the middle of a text or a message. */
const quoted = (text) =>
  [...text.matchAll(/\b(?:npx|npm (?:start|test|run|install)\b)(?:\$\{[^}]*\}|[^`'"\n;|)])*/g)].map(
    ([line]) => line,
  );

/** One command without comment and what is filled in. */
const plain = (line) =>
  line
    .replace(/\$\{[^}]*\}/g, 'X')
    .replace(/(^|\s)#.*$/, '')
    .replace(/^for .*?; do (.*); done$/, '$1')
    .trim();

const helps = new Map();
/** What a command's --help says. */
function help(command, args) {
  const key = [command, ...args].join(' ');
  if (!helps.has(key)) {
    const result = spawnSync(command, [...args, '--help'], { cwd: root, encoding: 'utf8', timeout: 120_000 });
    helps.set(key, { status: result.status, text: `${result.stdout}${result.stderr}` });
  }
  return helps.get(key);
}

/** What is wrong with the flags of a command, by its help. */
function wrongFlags(words, command, args) {
  const { status, text } = help(command, args);
  if (status !== 0)
    return `\`${[command, ...args].join(' ')} --help\` must work, got: ${text.trim().slice(-300)}`;
  for (const word of words) {
    const [, flag] = /^(--[a-z][a-z0-9-]*)/.exec(word) ?? [];
    if (flag && flag !== '--help' && !text.includes(flag) && !text.includes(flag.replace('--no-', '--'))) {
      return `${flag} must be a flag of \`${[command, ...args].join(' ')}\``;
    }
  }
  return undefined;
}

const immiscible = (words, name) =>
  wrongFlags(words, process.execPath, [join('packages', 'cli', 'bin', 'immiscible.mjs'), name]);

/** What is wrong with one command line. */
function problem(line) {
  const words = line.split(/\s+/);
  const [program, first, second = ''] = words;
  if (['fid', 'datasets', 'backend'].includes(program)) {
    return `must be \`npx @immiscible/…\`: ${program} is another package's name`;
  }
  if (program === 'npx' && first?.startsWith('@immiscible/')) {
    const folder = join('packages', first.slice('@immiscible/'.length));
    if (!existsSync(join(root, folder))) return `${first} must be a package of this workspace`;
    const bins = Object.keys(manifest(folder).bin ?? {});
    if (bins.length !== 1) return `${first} must have one command, got ${bins.length}`;
    const sub = /^[a-z][a-z-]*$/.test(second) ? [second] : [];
    const rest = words.slice(2);
    const inHelp =
      sub.length > 0 && new RegExp(`\\b${second}\\b`).test(help('npx', ['--no-install', first]).text);
    return wrongFlags(rest, 'npx', ['--no-install', first, ...(inHelp ? sub : [])]);
  }
  if (program === 'npx' && first === 'nx') {
    const [, project, target] = /^(\w[\w-]*):(\w[\w-]*)/.exec(words[3] ?? '') ?? [];
    if (second === 'run' && project === 'experiments') {
      // In capitals: any of them.
      if (/^[A-Z]+$/.test(target)) return undefined;
      if (!manifest('experiments').nx.targets[target]) return `experiments must have a target ${target}`;
      return immiscible(words.slice(4), target);
    }
    return undefined;
  }
  if (program === 'npx') {
    return existsSync(join(root, 'node_modules', '.bin', first ?? '')) &&
      !/^(fid|datasets|backend|immiscible)$/.test(first)
      ? undefined
      : `npx must name a package whole or a tool of this workspace, got ${first}: another's on the registry`;
  }
  if (program === 'npm' && first === 'start') return immiscible(words.slice(2), 'compare');
  if (program === 'npm' && first === 'run') {
    if (!manifest('.').scripts[second]) return `npm run ${second} must be a script`;
    const suite = /^[a-z]/.test(words[4] ?? '') ? words[4] : undefined;
    const known = [
      ...readdirSync(join(root, 'packages')).map((name) => join('packages', name)),
      'experiments',
    ];
    const there = known.some((folder) => existsSync(join(root, folder, 'bench', `${suite}.bench.mjs`)));
    return second === 'bench' && suite !== undefined && !there ? `${suite} must be a bench` : undefined;
  }
  if (program === 'npm' && first === 'install') {
    for (const word of words.slice(2)) {
      if (word.startsWith('@immiscible/') && !existsSync(join(root, 'packages', word.slice(12)))) {
        return `${word} must be a package of this workspace`;
      }
    }
  }
  if (program === 'node' && first?.endsWith('.mjs') && !existsSync(join(root, first))) {
    return `${first} must be there`;
  }
  return undefined;
}

const shown = new Map();
const files = git('ls-files').stdout.split('\n');
for (const file of files) {
  if (!existsSync(join(root, file))) continue;
  const isDocument = file.endsWith('.md');
  const isSource = /^packages\/[^/]+\/(src|bin)\/.*\.(ts|mjs)$/.test(file) && !/\.test/.test(file);
  if (!isDocument && !isSource) continue;
  const text = readFileSync(join(root, file), 'utf8');
  for (const line of isDocument ? typed(text) : quoted(text)) {
    const command = plain(line);
    if (command !== '') shown.set(command, [...(shown.get(command) ?? []), file]);
  }
}
let failed = 0;
for (const [command, where] of shown) {
  const wrong = problem(command);
  if (wrong === undefined) continue;
  failed++;
  console.log(`FAIL \`${command}\` (${[...new Set(where)].join(', ')}): ${wrong}`);
}
console.log(`commands: ${shown.size - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
