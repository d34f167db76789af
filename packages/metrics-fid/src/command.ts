import { defineCommand, runMain } from 'citty';
import type { FeatureExtractor } from './feature-extractor.js';
import type { ResizeMode } from './inception-resize.js';
import type { Comparison } from './node/compare.js';
import type { FeatureMetrics, Metric } from './node/compare-features.js';

/** Where lines are printed to; `console` is one. */
export interface Terminal {
  /** What was asked for. */
  log(line: string): void;
  /** Warnings and errors. */
  error(line: string): void;
}

/** Runs a command's body; what it throws is a message for the user, not a crash. */
async function orFail(terminal: Terminal, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    terminal.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** citty lets unknown flags pass: a mistyped one would be a run that was not meant. */
function refuseUnknown(args: object, known: object, most: number): void {
  const names = new Set(Object.keys(known).flatMap((name) => [name, camel(name)]));
  for (const name of Object.keys(args)) {
    if (name !== '_' && !names.has(name)) {
      const flags = Object.keys(known).filter((flag) => flag !== 'a' && flag !== 'b');
      throw new RangeError(
        `fid: flags must be of ${flags.map((flag) => `--${flag}`).join(', ')}, got --${name}`,
      );
    }
  }
  const extra = (args as { _: string[] })._[most];
  if (extra !== undefined)
    throw new RangeError(`fid: there must be ${most} arguments, got "${extra}" as well`);
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const fidArgs = {
  a: {
    type: 'positional',
    required: true,
    description: 'folder, .zip, .npz (mu and sigma, or arr_0) or .npy (features)',
  },
  b: { type: 'positional', required: true, description: 'the same; with --save-stats, the .npz to write' },
  extractor: { type: 'string', description: 'inception or fashion', default: 'inception' },
  mode: { type: 'string', description: 'pytorch, clean or legacy_tensorflow', default: 'pytorch' },
  num: { type: 'string', description: 'take the first this many images; fewer are an error' },
  'allow-few': {
    type: 'boolean',
    description: 'let sets pass that have no more images than features',
    default: false,
  },
  metrics: {
    type: 'string',
    description:
      'beside the distance, of kid, prdc, is, infinity, interval (A is the real set, B the generated)',
  },
  'kid-subsets': { type: 'string', description: 'how many', default: '100' },
  'kid-subset-size': { type: 'string', description: 'images in each', default: '1000' },
  k: { type: 'string', description: "prdc's nearest neighbor", default: '5' },
  splits: { type: 'string', description: "the Inception Score's", default: '10' },
  points: { type: 'string', description: 'numbers of images that infinity goes through', default: '15' },
  smallest: { type: 'string', description: 'the smallest of them', default: '5000' },
  replicates: { type: 'string', description: "the interval's", default: '200' },
  level: { type: 'string', description: "the interval's, in (0, 1)", default: '0.95' },
  seed: { type: 'string', description: 'of what is drawn at random', default: '0' },
  weights: {
    type: 'string',
    description: "Inception's .pth or .safetensors, if not where fetch-inception put it",
  },
  'batch-size': { type: 'string', description: 'images per forward pass' },
  backend: { type: 'string', description: 'native, wasm or cpu; the fastest there is, if not given' },
  'save-stats': { type: 'boolean', description: "write A's statistics to B", default: false },
  json: { type: 'boolean', description: 'print one JSON object', default: false },
} as const;

function positive(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`fid: --${flag} must be a positive integer, got ${JSON.stringify(text)}`);
}

/** Before anything is measured: a mistake here would be met only after all the work. */
async function checkOutput(path: string, metrics: string | undefined): Promise<void> {
  if (metrics !== undefined) {
    throw new RangeError(`fid: --metrics must be left out with --save-stats, got ${metrics}`);
  }
  if (!/\.npz$/i.test(path)) throw new RangeError(`fid: B must be an .npz to write, got ${path}`);
  const { stat } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new RangeError(`fid: B must lie in a folder that is there, got ${path}`);
  }
}

/** What is printed of a result. */
function lines(result: Comparison & FeatureMetrics): string[] {
  const { metric, value, n, extractor, mode, kid, prdc, is, infinity, interval, seed } = result;
  const from = n.map((count) => count ?? 'unknown').join(' and ');
  const out = [`${metric} ${value}`, `n ${from}, extractor ${extractor ?? 'unknown'}`];
  if (mode !== null) out.push(`mode ${mode}`);
  if (interval) {
    const { low, high, standardError, level, replicates } = interval;
    const how = `${100 * level} %, ${replicates} replicates, seed ${seed}`;
    out.push(`interval ${low} to ${high}, standard error ${standardError} (${how})`);
  }
  if (infinity) {
    const [first] = infinity.points;
    const how = `${infinity.points.length} points from ${first?.n}, seed ${seed}`;
    out.push(`${metric}∞ ${infinity.value} (${how})`);
  }
  if (kid) {
    const name = metric === 'FID' ? 'KID' : metric.replace('FD', 'KD');
    out.push(`${name} ${kid.value} ± ${kid.std} (${kid.subsets} × ${kid.subsetSize}, seed ${seed})`);
  }
  if (prdc) {
    const { precision, recall, density, coverage, k } = prdc;
    out.push(`precision ${precision} recall ${recall} density ${density} coverage ${coverage} (k ${k})`);
  }
  if (is) out.push(`IS ${is.value} ± ${is.std} (${is.splits} splits)`);
  return out;
}

const fidCommand = (terminal: Terminal) =>
  defineCommand({
    meta: {
      name: 'fid',
      description:
        'Fréchet Inception Distance between two sets of images. fid fetch-inception gets the weights',
    },
    args: fidArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, fidArgs, 2);
        const { compare } = await import('./node/compare.js');
        const { compareFeatures, METRICS, needsFeatures } = await import('./node/compare-features.js');
        const { measure } = await import('./node/measure.js');
        if (!['inception', 'fashion'].includes(args.extractor)) {
          throw new RangeError(`fid: --extractor must be inception or fashion, got ${args.extractor}`);
        }
        if (!['pytorch', 'clean', 'legacy_tensorflow'].includes(args.mode)) {
          throw new RangeError(`fid: --mode must be pytorch, clean or legacy_tensorflow, got ${args.mode}`);
        }
        if (args['save-stats']) await checkOutput(args.b, args.metrics);
        const num = positive('num', args.num);
        const metrics = (args.metrics?.split(',') ?? []) as Metric[];
        const other = metrics.find((name) => !METRICS.includes(name));
        if (other !== undefined) {
          throw new RangeError(`fid: --metrics must be of ${METRICS.join(', ')}, got ${other}`);
        }
        const needed = needsFeatures(metrics);
        const seed = Number(args.seed);
        if (!Number.isSafeInteger(seed) || seed < 0) {
          throw new RangeError(`fid: --seed must be a whole number, got ${JSON.stringify(args.seed)}`);
        }
        const level = Number(args.level);
        if (!(level > 0 && level < 1)) {
          throw new RangeError(`fid: --level must be in (0, 1), got ${JSON.stringify(args.level)}`);
        }
        const more = {
          metrics,
          seed,
          level,
          subsets: positive('kid-subsets', args['kid-subsets']) as number,
          subsetSize: positive('kid-subset-size', args['kid-subset-size']) as number,
          k: positive('k', args.k) as number,
          splits: positive('splits', args.splits) as number,
          points: positive('points', args.points) as number,
          smallest: positive('smallest', args.smallest) as number,
          replicates: positive('replicates', args.replicates) as number,
        };
        let loading: Promise<FeatureExtractor> | undefined;
        const load = async (): Promise<FeatureExtractor> => {
          const { loadExtractor } = await import('./node/load-extractor.js');
          return loadExtractor({
            name: args.extractor as 'inception',
            mode: args.mode as ResizeMode,
            weights: args.weights,
            batchSize: positive('batch-size', args['batch-size']),
            backend: args.backend as 'cpu' | undefined,
          });
        };
        const options = {
          extractor: () => (loading ??= load()),
          channels: args.extractor === 'fashion' ? (1 as const) : (3 as const),
          ...(num !== undefined && { num }),
          onProgress: (done: number, count: number) => {
            if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${count} images`);
          },
        };
        const a = await measure(args.a, { ...options, keep: needed.a && !args['save-stats'] });
        if (args['save-stats']) {
          const { writeStatistics } = await import('./node/npz-file.js');
          await writeStatistics(args.b, a);
          if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
          terminal.log(
            args.json
              ? JSON.stringify({ path: args.b, n: a.n ?? null, extractor: a.extractor ?? null })
              : args.b,
          );
          return;
        }
        const b = await measure(args.b, { ...options, keep: needed.b });
        const inputs = [args.a, args.b] as const;
        const result = {
          ...compare(inputs, a, b, { allowFew: args['allow-few'] }),
          ...(await compareFeatures(inputs, a, b, { ...more, extractor: options.extractor })),
        };
        if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
        if (args.json) terminal.log(JSON.stringify(result));
        else {
          for (const warning of result.warnings) terminal.error(`warning: ${warning}`);
          for (const line of lines(result)) terminal.log(line);
        }
      }),
  });

const fetchArgs = {
  output: { type: 'string', description: 'where to put it, if not in the cache' },
  url: { type: 'string', description: 'a mirror; the SHA-256 must be the same' },
} as const;

const fetchCommand = (terminal: Terminal) =>
  defineCommand({
    meta: {
      name: 'fid fetch-inception',
      description: 'Download the weights of FID (96 MB) and check their SHA-256',
    },
    args: fetchArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, fetchArgs, 0);
        const { fetchInception } = await import('./node/inception-file.js');
        const tty = process.stderr.isTTY;
        const onProgress = (done: number, total: number | undefined): void => {
          const of = total === undefined ? '' : ` of ${Math.round(total / 1e6)}`;
          if (tty) process.stderr.write(`\r\x1b[K${Math.floor(done / 1e6)}${of} MB`);
        };
        terminal.error('licence of pytorch-fid and these weights: Apache-2.0');
        const path = await fetchInception(args.output, args.url, onProgress);
        if (tty) process.stderr.write('\r\x1b[K');
        terminal.log(path);
      }),
  });

/** The command `fid`, with the arguments after its name. */
export async function runFid(rawArgs: readonly string[], terminal: Terminal): Promise<void> {
  const [first, ...rest] = rawArgs;
  await (first === 'fetch-inception'
    ? runMain(fetchCommand(terminal), { rawArgs: rest })
    : runMain(fidCommand(terminal), { rawArgs: [...rawArgs] }));
}
