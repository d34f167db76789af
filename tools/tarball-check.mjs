// `node tools/tarball-check.mjs [--keep] [--offline]`: what a stranger gets. Packs metrics-fid and datasets with the workspace packages
// that they need, installs the tarballs into an empty folder, and there runs both commands on real files and the ts blocks of both
// READMEs. Third-party packages come from npm's cache, or (unless --offline) from the registry; so this is no part of `npm test`.
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
import { root, runTool } from './setup.mjs';

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !['--keep', '--offline'].includes(flag));
if (unknown !== undefined) {
  console.error(`tarball-check: flags must be of --keep, --offline, got ${unknown}`);
  process.exit(2);
}
const TARGETS = ['metrics-fid', 'datasets'];
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

/** A package after the workspace packages that it depends on. */
function withDependencies(name, found = new Set()) {
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
  );
  for (const other of Object.keys(dependencies)) {
    if (other.startsWith('@immiscible/')) withDependencies(other.slice('@immiscible/'.length), found);
  }
  return found.add(name);
}

const packages = [...new Set(TARGETS.flatMap((name) => [...withDependencies(name)]))];
for (const name of packages) {
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

/** A command's exit status and what its output must match. */
const CHECKS = [
  ['immiscible-fid --help', 0, /@immiscible\/metrics-fid \[OPTIONS\] <A> <B>/],
  [
    'immiscible-fid train samples --extractor fashion',
    0,
    /^FD-fashion [\d.]+\nn 300 and 200, extractor fashion@[0-9a-f]{12}$/m,
  ],
  [
    'immiscible-fid train train --extractor fashion --json',
    0,
    /^\{"metric":"FD-fashion","value":\d(\.\d+)?(e-\d+)?,/,
  ],
  ['immiscible-fid --save-stats train train.npz --extractor fashion', 0, /^train\.npz$/m],
  [
    'immiscible-fid train.npz samples --extractor fashion --metrics mind,interval --replicates 2 --json',
    1,
    /train\.npz must be images or \.npy features for mind/,
  ],
  [
    'immiscible-fid train.npz samples --extractor fashion --metrics interval --replicates 3',
    0,
    /^interval [\d.]+ to [\d.]+/m,
  ],
  [
    'immiscible-fid train samples --extractor fashion --metrics kid,mind,mifid,prdc --kid-subset-size 100',
    0,
    /^MD-fashion [\d.]+/m,
  ],
  ['immiscible-fid train samples --extractor fashion --num 250', 1, /samples must hold at least 250 images/],
  [
    'immiscible-fid train samples --weights nowhere.pth',
    1,
    /must be in nowhere\.pth, got no file; run npx @immiscible\/metrics-fid fetch-inception/,
  ],
  ['immiscible-fid train --extractor fashion', 1, /B/],
  ['datasets --help', 0, /pack\|info\|fetch/],
  ['datasets info train', 0, /^train: pictures, "train", 300 images$/m],
  ['datasets info hf.parquet', 0, /^hf\.parquet: pictures, "hf", \d+ images$/m],
  ['datasets info pictures.tar.gz', 0, /^pictures\.tar\.gz: pictures, /m],
  ['datasets pack edm.zip edm.pack', 0, /^edm\.pack: \d+ images of 32×32×3, sha256 [0-9a-f]{64}$/m],
  ['datasets info edm.pack --verify', 0, /, verified$/m],
  ['datasets info broken.zip', 1, /broken\.zip/],
  ['datasets fetch', 0, /^cifar10 /m],
  ['datasets fetch cifar10 --hint', 0, /cifar-10-python\.tar\.gz/],
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

for (const name of TARGETS) {
  const readme = readFileSync(join(folder, 'node_modules', '@immiscible', name, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts *\n([^]*?)^```$/gm)].map(([, code]) => code);
  for (const [i, code] of blocks.entries()) {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(join(folder, 'block.mjs'), outputText);
    const { status, stderr } = inFolder(process.execPath, ['block.mjs']);
    report(`README of ${name}, ts block ${i + 1}`, status === 0 ? undefined : stderr);
  }
}

if (flags.includes('--keep')) console.log(`kept ${folder}`);
else rmSync(folder, { recursive: true, force: true });
console.log(failed ? `tarball-check: ${failed} failed` : 'tarball-check: all passed');
process.exitCode = failed ? 1 : 0;
