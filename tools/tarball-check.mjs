// `node tools/tarball-check.mjs [--keep] [--offline]`: what a stranger gets. Packs all packages, installs the tarballs into an empty
// folder, and there runs the commands on real files and every command line that documents and messages show; then runs the ts blocks of each README after that README's own install lines. Third-party packages come from npm's cache, or (unless --offline) from the registry; so this is no part of `npm test`.
// Prints one line a check; exits 1 if one fails. --keep leaves the folder.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { configOf, makeInputs } from './command-inputs.mjs';
import { commandEnvironment, runShown } from './command-run.mjs';
import { root, runTool } from './setup.mjs';
import { shownCommands } from './shown-commands.mjs';

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !['--keep', '--offline'].includes(flag));
if (unknown !== undefined) {
  console.error(`tarball-check: flags must be of --keep, --offline, got ${unknown}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'tarball-check-'));
const shell = process.platform === 'win32';
const inFolder = (command, args) =>
  spawnSync(command, args, { cwd: folder, encoding: 'utf8', shell, timeout: 600_000, maxBuffer: 1 << 28 });

let failed = 0;
function report(title, problem) {
  if (problem !== undefined) failed++;
  console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${title}`);
  if (problem !== undefined) console.log(problem);
}
function stop(message, { stdout, stderr, error }) {
  console.error(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}\n${message}`);
  process.exit(1);
}

const published = readdirSync(join(root, 'packages')).filter(
  (name) => !JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')).private,
);
for (const name of published) {
  const built = runTool('tsc', ['--build', join('packages', name, 'tsconfig.lib.json')], { quiet: true });
  if (built.status !== 0) stop(`tarball-check: ${name} must build`, built);
  const args = ['pack', '--silent', '--pack-destination', folder];
  const packed = spawnSync('npm', args, { cwd: join(root, 'packages', name), encoding: 'utf8', shell });
  if (packed.status !== 0) stop(`tarball-check: ${name} must pack`, packed);
}
const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
console.log(`packed ${tarballs.join(', ')}`);

writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
const install = (more) =>
  inFolder('npm', [
    ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...more],
    ...tarballs.map((file) => `./${file}`),
  ]);
let installed = install(['--offline']);
if (installed.status !== 0 && !flags.includes('--offline')) installed = install(['--prefer-offline']);
if (installed.status !== 0) stop(`tarball-check: the tarballs must install into ${folder}`, installed);
report(`npm install of ${tarballs.length} tarballs into an empty folder`);

// Two sets of Fashion-MNIST's images as PNG files, and small real files of other kinds, copied from the packages' fixtures.
const from = (name) => pathToFileURL(join(folder, 'node_modules', ...name.split('/'))).href;
const { fashionMnist10k } = await import(`${from('@immiscible/datasets')}/dist/index.js`);
const { encode } = await import(
  pathToFileURL(join(root, 'node_modules', 'fast-png', 'lib', 'index.js')).href
);
const { images } = await fashionMnist10k();
for (const [name, start, count] of [
  ['train', 0, 300],
  ['samples', 300, 200],
]) {
  mkdirSync(join(folder, name));
  for (let i = start; i < start + count; i++) {
    const data = images.data.subarray(i * 784, (i + 1) * 784);
    const file = join(folder, name, `${String(i).padStart(5, '0')}.png`);
    writeFileSync(file, encode({ width: 28, height: 28, data, channels: 1, depth: 8 }));
  }
}
const fixtures = join(root, 'packages', 'datasets', 'test', 'fixtures');
for (const file of ['edm.zip', 'hf.parquet', 'pictures.tar.gz']) {
  copyFileSync(join(fixtures, file), join(folder, file));
}
writeFileSync(join(folder, 'broken.zip'), readFileSync(join(folder, 'edm.zip')).subarray(0, 900));

// A config of one's own, with a folder of pictures.
writeFileSync(
  join(folder, 'mine.json'),
  JSON.stringify({
    extends: 'smoke',
    dataset: { kind: 'pictures', path: 'train', channels: 1, resolution: 14 },
    steps: 2,
  }),
);

/** A command's exit status and what its output must match. */
const CHECKS = [
  ['@immiscible/metrics-fid --help', 0, /\[FLAGS\] A B/],
  [
    '@immiscible/metrics-fid train samples --extractor fashion',
    0,
    /^FD-fashion [\d.]+\nn 300 and 200, extractor fashion@[0-9a-f]{12}$/m,
  ],
  [
    '@immiscible/metrics-fid train train --extractor fashion --json',
    0,
    /^\{"metric":"FD-fashion","value":\d(\.\d+)?(e-\d+)?,/,
  ],
  ['@immiscible/metrics-fid --save-stats train train.npz --extractor fashion', 0, /^train\.npz$/m],
  [
    '@immiscible/metrics-fid train.npz samples --extractor fashion --metrics mind,interval --replicates 2 --json',
    1,
    /train\.npz must be images or \.npy features for mind/,
  ],
  [
    '@immiscible/metrics-fid train.npz samples --extractor fashion --metrics interval --replicates 3',
    0,
    /^interval [\d.]+ to [\d.]+/m,
  ],
  [
    '@immiscible/metrics-fid train samples --extractor fashion --metrics kid,mind,mifid,prdc --kid-subset-size 100',
    0,
    /^MD-fashion [\d.]+/m,
  ],
  [
    '@immiscible/metrics-fid train samples --extractor fashion --num 250',
    1,
    /samples must hold at least 250 images/,
  ],
  [
    '@immiscible/metrics-fid train samples --weights nowhere.pth',
    1,
    /must be in nowhere\.pth, got no file; run .*fetch-inception/,
  ],
  ['@immiscible/metrics-fid train --extractor fashion', 2, /B must be given/],
  ['@immiscible/datasets --help', 0, /\bpack\b[^]*\binfo\b[^]*\bfetch\b/],
  ['@immiscible/datasets info train', 0, /^train: pictures, "train", 300 images$/m],
  ['@immiscible/datasets info hf.parquet', 0, /^hf\.parquet: pictures, "hf", \d+ images$/m],
  ['@immiscible/datasets info pictures.tar.gz', 0, /^pictures\.tar\.gz: pictures, /m],
  [
    '@immiscible/datasets pack edm.zip edm.pack',
    0,
    /^edm\.pack: \d+ images of 32×32×3, sha256 [0-9a-f]{64}$/m,
  ],
  ['@immiscible/datasets info edm.pack --verify', 0, /, verified$/m],
  ['@immiscible/datasets info broken.zip', 1, /broken\.zip/],
  ['@immiscible/datasets fetch', 0, /^cifar10 /m],
  ['@immiscible/datasets fetch cifar10 --hint', 0, /cifar-10-python\.tar\.gz/],
  ['@immiscible/cli --help', 0, /compare.*\n.*train/],
  ['@immiscible/cli config --config mine.json', 0, /"name": "mine"[^]*"path": "train"/],
  ['@immiscible/cli compare --config mine.json --backend wasm --out run', 0, /300 images/],
  ['@immiscible/cli evaluate --run run --backend wasm --json', 0, /"twin":"independent"/],
  ['@immiscible/cli sample --run run --backend wasm --count 4 --out four.png', 0, /four\.png/],
  ['@immiscible/cli data info hf.parquet', 0, /^hf\.parquet: pictures, "hf", \d+ images$/m],
  ['@immiscible/cli compare --config nowhere.json', 2, /must be an existing file/],
];
for (const [line, status, pattern] of CHECKS) {
  const result = inFolder('npx', ['--no-install', ...line.split(' ')]);

  const text = `${result.stdout}${result.stderr}`.replace(/\x1b\[\d+m/g, '');
  const right = result.status === status && pattern.test(text) && !/\n\s+at .*:\d+:\d+/.test(text);
  report(
    `npx ${line}`,
    right ? undefined : `exit ${result.status}, expected ${status} and ${pattern}\n${text}`,
  );
}

// What documents and messages show, as in a clone, but from the tarballs.
const shownFolder = join(folder, 'shown');
mkdirSync(shownFolder);
await makeInputs(shownFolder, configOf(join(root, 'packages', 'cli', 'README.md')));
const shown = runShown(shownCommands(root), {
  ...(await commandEnvironment(folder)),
  // Its package is a peer that nobody has installed here.
  hasNative: false,
  cwd: shownFolder,
  place: 'tarballs',
  all: true,
  say: console.log,
});
for (const note of shown.notes) console.log(note);
console.log(`shown commands: ${shown.passed} passed, ${shown.failed} failed`);
failed += shown.failed;

// Each package's README in a project of its own, with no more than the README's own install lines: what npm doesn't bring with them, a
// reader doesn't have.
const tarballOf = (name) =>
  join(
    folder,
    tarballs.find((file) => file.startsWith(`immiscible-${name}-0`)),
  );
const local = (spec) =>
  spec.startsWith('@immiscible/') ? tarballOf(spec.slice('@immiscible/'.length)) : spec;
for (const name of published) {
  const text = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
  const specs = [...text.matchAll(/^npm install ([^#\n]*)/gm)]
    .flatMap(([, line]) => line.trim().split(/\s+/))
    // The native engine is for what only Linux can do, and no example needs it.
    .filter((spec) => !spec.startsWith('-') && spec !== '@tensorflow/tfjs-node-gpu');
  const project = join(folder, 'projects', name);
  mkdirSync(project, { recursive: true });
  const others = published.filter((other) => !specs.includes(`@immiscible/${other}`));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      overrides: Object.fromEntries(
        others.map((other) => [`@immiscible/${other}`, `file:${tarballOf(other)}`]),
      ),
    }),
  );
  const inProject = (command, args) =>
    spawnSync(command, args, { cwd: project, encoding: 'utf8', shell, timeout: 600_000 });
  const result = inProject('npm', [
    ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'],
    ...specs.map(local),
  ]);
  report(
    `README of ${name}: npm install ${specs.join(' ')}`,
    result.status === 0 ? undefined : result.stderr,
  );
  if (result.status !== 0) continue;
  const blocks = [...text.matchAll(/^```ts *\n([^]*?)^```$/gm)].map(([, code]) => code);
  for (const [i, code] of blocks.entries()) {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(join(project, 'block.mjs'), outputText);
    const { status, stderr } = inProject(process.execPath, ['block.mjs']);
    report(`README of ${name}, ts block ${i + 1}`, status === 0 ? undefined : stderr);
  }
}

if (flags.includes('--keep')) console.log(`kept ${folder}`);
else rmSync(folder, { recursive: true, force: true });
console.log(failed ? `tarball-check: ${failed} failed` : 'tarball-check: all passed');
process.exitCode = failed ? 1 : 0;
