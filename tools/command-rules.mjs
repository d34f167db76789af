// How each command line that the repository shows is tried. The first rule that fits a command is its rule; a command that none fits
// is an error. What a rule may say:
//
//   as      what runs instead, one command or several: the same on the small inputs of command-inputs.mjs. Without it, what is shown.
//   exit    the exit code, 0 unless it says another
//   says    what the output must match
//   slow    it takes more than some seconds: run by `node tools/doc-commands.mjs --all` and, of packages, from tarballs
//   clone   it needs the repository, and isn't run from tarballs
//   not     why it isn't run at all
//
// Cheap rules are about what can't be there: downloads, a Python, a command that would run itself.

/* eslint-disable max-lines -- one table: a rule's meaning depends on those before it */

const REGISTRY =
  "downloads from npm's registry: what READMEs install is installed by tools/tarball-check.mjs";
const DOWNLOAD = 'downloads a data set';
const ITSELF = 'a part of `npm test`, which runs these checks';
const OWN_DATA = 'needs a data set that is not in the repository';

/** A run of the config that is asked for, of a network and pictures so small that it takes seconds. */
function small(command) {
  // Seeds differ in nothing that could fail: one of them is run.
  const bare = command
    .replace(/ --steps[= ]\d+/, '')
    .replace(/ --seed[= ](?:\d+|S)\b/, '')
    .replace(/ --seed[= ]\$seed\b/, ' --seed=$seed');
  const name = / --config[= ](\S+)/.exec(bare)?.[1] ?? 'fashion-ddim';
  const rest = bare.replace(/ --config[= ]\S+/, '');
  const file = name.endsWith('.json') ? name : `small/${name === 'NAME' ? 'fashion-ddim' : name}.json`;
  return elsewhere(rest)
    .replace(/^(npm start)(?: --)?/, `$1 -- --config=${file}`)
    .replace(/(@immiscible\/cli (?:compare|train))/, `$1 --config=${file}`)
    .replace(/(experiments:(?:compare|train))(?: --)?/, `$1 -- --config=${file}`)
    .trim();
}
/** Not to the folders of RUNS. */
const elsewhere = (command) => command.replace(/(--out[= ]runs\/[\w-]+)/, '$1-again');
/** A loop over seeds, unrolled. */
const each = (command) => {
  const [, seeds, body] = /^for seed in ([\d ]+); do (.*); done$/.exec(command);
  return seeds.split(' ').map((seed) => small(body).replaceAll('$seed', seed));
};
const without = (flags) => (command) => command.replaceAll(flags, '');
const OPTIONAL = / ?\[[^\]]*\]| …/g;

/** Runs that commands with `runs/…` in them are about: made before all else. */
export const RUNS = [
  ...[0, 1, 2].map((seed) => `--config=small/fashion-ddim.json --seed=${seed} --out=runs/ddim-${seed}`),
  '--config=small/fashion-edm.json --out=runs/fashion-edm',
].map((flags) => `npx @immiscible/cli compare ${flags}`);

/** Smaller than anybody would measure. */
const BENCHES = {
  assignment: '--sizes 16 --repeats 1',
  backend: 'conv',
  coupling: '--size 16 --batch 8 --repeats 1',
  datasets: '--seconds 0.2',
  'metrics-fid': '16 --python none',
  sample: '--channels 32 --batch 1 --levels 2 --steps 2 --rounds 1',
  step: '--channels 32 --batch 1 --levels 2 --rounds 1',
  unet: '--batch 2 --steps 1',
};
const bench = (command) => {
  const [, suite] = /-- ([a-z-]+)/.exec(command) ?? [];
  return `npm run bench -- ${suite} ${BENCHES[suite]}`;
};

/** Configs of data that one has to get first. */
const PAPERS = /--config[= ](?:cifar10|celeba|tiny-imagenet|imagenet|fashion-ddim-60k)/;

export const RULES = [
  // A bare name is somebody else's package on the registry.
  { shown: /^npx (?!nx\b|@immiscible\/)/, as: () => 'false', says: /must be `npx @immiscible\/…`/ },

  // npm itself, the set-up, and the tools of the repository
  { shown: /^npm (?:install|ci)(?!.*&&)/, not: REGISTRY },
  // Runs before all others in any case.
  { shown: /^node tools\/setup\.mjs$/, clone: true, slow: true },
  {
    shown: /^node tools\/new-package\.mjs/,
    as: () => 'node tools/new-package.mjs shown-here 2 pure "One idea" core',
    clone: true,
    slow: true,
  },
  {
    shown: /^npm install && npx nx sync$/,
    as: () => 'npm install --offline --package-lock-only --ignore-scripts && npx nx sync',
    clone: true,
    slow: true,
  },
  { shown: /^npm test$|^npm test -- /, as: () => 'npm test -- sync', clone: true, slow: true },
  { shown: /^npm run format$/, clone: true, slow: true },
  { shown: /^npx nx test coupling$/, clone: true, slow: true },
  {
    shown: /^node tools\/(?:bundle-check|doc-commands|readme-snippets|tarball-check|types-check)/,
    not: ITSELF,
  },
  {
    shown: /^node tools\/build-wasm\.mjs/,
    as: () => 'node tools/build-wasm.mjs --check metrics-fid',
    clone: true,
    slow: true,
  },

  // Benchmarks and the scripts beside them
  {
    shown: /^npm run bench$|^npm run bench -- SUITE/,
    as: () => 'npm run bench',
    exit: 2,
    clone: true,
    slow: true,
  },
  { shown: /^npm run bench -- /, as: bench, clone: true, slow: true },
  { shown: /^node experiments\/bench\/(?:miscibility|papers-table)/, not: OWN_DATA },
  { shown: /^node packages\/assignment\/bench\/compare-scipy\.mjs/, not: 'needs a Python with SciPy' },
  {
    shown: /^node packages\/(?:assignment\/bench\/points|coupling\/bench\/rolling)\.mjs IDX\.gz/,
    as: (command) =>
      `${command.replace('IDX.gz', 'packages/datasets/data/t10k-images-idx3-ubyte.gz').replace(/ N$/, '')} 256`,
    clone: true,
    slow: true,
  },
  {
    shown: /^node packages\/assignment\/bench\/quality\.mjs/,
    as: () => 'node packages/assignment/bench/quality.mjs 8',
    clone: true,
    slow: true,
  },
  {
    shown: /^node packages\/metrics-fid\/scripts\/what-distances-mean\.mjs/,
    not: 'takes minutes, and has no smaller form',
  },

  // The main job, by its three names
  { shown: /^npm start(?: --)? (?:\[-- FLAGS\]|--help)$/, as: () => 'npm start -- --help', clone: true },
  {
    shown: /^npm start.*/,
    fits: PAPERS,
    as: (command) => command.replace(/ --seed S$/, ' --seed 1'),
    exit: 2,
    says: /fetch|path/,
    clone: true,
    slow: true,
  },
  { shown: /^npm start/, as: small, clone: true, slow: true },
  {
    shown: /^for seed in .*npm start/,
    as: (command) => each(command).map((run) => run.replace('again', 'start')),
    clone: true,
    slow: true,
  },
  {
    shown: /^npx nx run experiments:COMMAND/,
    as: () => 'npx nx run experiments:compare -- --help',
    clone: true,
    slow: true,
  },
  {
    shown: /^npx nx run experiments:sample/,
    as: () => 'npx nx run experiments:sample -- --run=runs/ddim-0 --count=4 --out=samples.safetensors',
    clone: true,
    slow: true,
  },
  {
    shown: /^npx nx run experiments:summarize -- RUN RUN/,
    as: () => 'npx nx run experiments:summarize -- runs/ddim-0 runs/ddim-1 --out=summarized',
    clone: true,
    slow: true,
  },
  {
    shown: /^npx nx run experiments:summarize/,
    as: (command) => command.replace(/--out=\S+/, '--out=summarized-by-seed'),
    clone: true,
    slow: true,
  },
  {
    shown: /^npx nx run experiments:toy-2d/,
    as: () =>
      "npx nx run experiments:toy-2d -- --seeds=1 --steps=5 --method='flow matching' --set='two moons' --out=toy-by-nx",
    clone: true,
    slow: true,
  },
  { shown: /^npx nx run experiments:train/, as: small, clone: true, slow: true },
  {
    shown: /^node packages\/cli\/bin\/immiscible\.mjs bench$/,
    as: (command) => `${command} --config=small/fashion-ddim.json`,
    clone: true,
    slow: true,
  },
  { shown: /^npx @immiscible\/cli compare --config smoke$/ },
  { shown: /^for seed in .*npx @immiscible\/cli compare/, as: each, slow: true },
  // The body of that loop, as prose has it.
  {
    shown: /^npx @immiscible\/cli compare.*\$seed/,
    as: (command) => small(command).replaceAll('$seed', '9'),
    slow: true,
  },
  { shown: /^npx @immiscible\/cli (?:compare|train)\b/, as: small, slow: true },
  { shown: /^npx @immiscible\/cli COMMAND(?: --help)?$/, as: () => 'npx @immiscible/cli compare --help' },
  {
    // What a report says to type to have the same again.
    shown: /^npx @immiscible\/cli X/,
    as: () => 'npx @immiscible/cli compare --config=runs/ddim-0/config.json --out=runs/ddim-0-again',
    slow: true,
  },
  {
    shown: /^npx @immiscible\/cli toy-2d/,
    as: () =>
      "npx @immiscible/cli toy-2d --seeds=1 --steps=5 --method='flow matching' --set='two moons' --out=toy",
    slow: true,
  },
  { shown: /^npx @immiscible\/cli summarize/, slow: true },
  { shown: /^npx @immiscible\/cli (?:config|data fetch)/ },

  // Engines
  {
    shown: /^npx @immiscible\/backend install/,
    as: without(OPTIONAL),
    needsNative: true,
  },
  { shown: /^npx @immiscible\/backend doctor/, as: without(OPTIONAL) },
  { shown: /^npx @immiscible\/(?:backend|cli|datasets|metrics-fid)$/, as: (command) => `${command} --help` },

  // Data
  {
    shown: /^npx @immiscible\/datasets fetch hf:/,
    not: DOWNLOAD,
  },
  { shown: /^npx @immiscible\/datasets fetch$/ },
  // Whose files nobody may hand out by a script: it says how to get them.
  { shown: /^npx @immiscible\/datasets fetch celeba$/, exit: 1, says: /46fb89443c578308/ },
  {
    shown: /^npx @immiscible\/datasets fetch [\w-]+/,
    as: (command) => `${command.replace(/\b(?:NAME|X)\b/g, 'cifar10')} --hint`,
  },
  { shown: /^npx @immiscible\/datasets info(?: X)?$/, as: () => 'npx @immiscible/datasets info pets' },
  { shown: /--crop left$/, exit: 2, says: /--crop must be/ },
  { shown: /^npx @immiscible\/datasets (?:pack|info) / },

  // Distances
  {
    shown: /^npx @immiscible\/metrics-fid fetch-inception$/,
    as: (command) => `${command} --help`,
  },
  {
    shown: /^npx @immiscible\/metrics-fid .*stats:train/,
    as: (command) => `${command} --extractor fashion`,
    slow: true,
  },
  {
    // By the small extractor that is in the package: Inception's weights are a download.
    shown: /^npx @immiscible\/metrics-fid (?:reference\.npz samples\/|(?:--save-stats )?train\/ \S+)$/,
    as: (command) => `${command} --extractor fashion`,
  },
  // Its network is Inception, whose weights aren't here: it says how to get them.
  { shown: /--mode legacy_tensorflow/, exit: 1, says: /fetch-inception/ },
  { shown: /^npx @immiscible\/metrics-fid .*--num 900$/, exit: 1, says: /must hold/, slow: true },
  { shown: /^npx @immiscible\/metrics-fid .*--num 50$/, exit: 1, says: /must be of more/ },
  {
    shown:
      /^npx @immiscible\/metrics-fid (?:.*--(?:metrics|json)\b|.*\.\/luminance\.mjs|--save-stats train )/,
    slow: true,
  },
  { shown: /^npx @immiscible\/metrics-fid .*--extractor \S+/ },
];

/** The rule of a command, or undefined. */
export const ruleOf = (command) =>
  RULES.find(({ shown, fits = /^/ }) => shown.test(command) && fits.test(command));

/** What a rule runs for a command. */
export const runsOf = ({ as }, command) => (as === undefined ? [command] : [as(command)].flat());
