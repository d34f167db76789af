import { defineCommand, runMain } from 'citty';
import type { FeatureExtractor } from './feature-extractor.js';
import type { ResizeMode } from './inception-resize.js';
import type { InceptionFeatureLayer } from './inception-layers.js';
import type { Kernel } from './kernel-distance.js';
import type { Comparison, SpatialDistance } from './node/compare.js';
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
  const empty = Object.keys(known).find((name) => (args as Record<string, unknown>)[name] === '');
  if (empty !== undefined) {
    const what = empty.length === 1 && 'ab'.includes(empty) ? empty.toUpperCase() : `--${empty}`;
    throw new RangeError(`fid: ${what} must have a value, got none`);
  }
  const extra = (args as { _: string[] })._[most];
  if (extra !== undefined)
    throw new RangeError(`fid: there must be ${most} arguments, got "${extra}" as well`);
}

const FID_ABOUT =
  'Fréchet Inception Distance between two sets of images. ' +
  'npx @immiscible/metrics-fid fetch-inception gets the weights';
const FETCH_ABOUT = 'Download the weights of FID (96 MB) and check their SHA-256';

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const fidArgs = {
  a: {
    type: 'positional',
    required: true,
    description: 'folder, .zip, .tar, .parquet, .npz (mu and sigma, or arr_0), .npy (features) or stats:NAME',
  },
  b: {
    type: 'positional',
    required: true,
    description: 'the same; with --save-stats, the .npz or stats:NAME to write',
  },
  extractor: {
    type: 'string',
    description:
      'inception, values, fashion, or a module of yours (.mjs) that exports one; values and fashion need no download',
    default: 'inception',
  },
  dims: {
    type: 'string',
    description: "Inception's features: 2048, or 64, 192, 768 of an inner layer, which is not FID",
    default: '2048',
  },
  'features-of': {
    type: 'string',
    description: "what .npy features (or an .npz that doesn't say) are of: clip-vit-b32, dinov2-vitl14, …",
  },
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
      'beside the distance, of sfid, kid, mind, mifid, prdc, is, infinity, interval (A is the real set, B the generated)',
  },
  'kid-subsets': { type: 'string', description: 'how many', default: '100' },
  'kid-subset-size': { type: 'string', description: 'images in each', default: '1000' },
  'kid-degree': { type: 'string', description: "of the polynomial kernel, if not KID's 3" },
  'kid-gamma': { type: 'string', description: "its factor, if not KID's 1/D" },
  'kid-coef0': { type: 'string', description: "its constant, if not KID's 1" },
  'kid-sigma': { type: 'string', description: 'of a Gaussian kernel instead' },
  projections: { type: 'string', description: "mind's directions", default: '1000' },
  threshold: { type: 'string', description: "mifid's, from which a distance is no copy", default: '0.1' },
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
  workers: { type: 'string', description: 'threads that decode pictures' },
  'skip-damaged': {
    type: 'boolean',
    description: 'leave out pictures that are damaged, and name them',
    default: false,
  },
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

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new RangeError(`fid: --${flag} must be a number, got ${JSON.stringify(text)}`);
}

/** KID's kernel, where flags say another one. */
function kernelOf(args: { readonly [flag: string]: unknown }): Kernel | undefined {
  const [degree, gamma, coef0, sigma] = ['kid-degree', 'kid-gamma', 'kid-coef0', 'kid-sigma'].map((flag) =>
    number(flag, args[flag] as string | undefined),
  );
  const polynomial = {
    ...(degree !== undefined && { degree }),
    ...(gamma !== undefined && { gamma }),
    ...(coef0 !== undefined && { coef0 }),
  };
  const any = Object.keys(polynomial).length > 0;
  if (sigma === undefined) return any ? polynomial : undefined;
  if (any) throw new RangeError('fid: --kid-sigma must be alone, got flags of the polynomial kernel as well');
  return { sigma };
}

/** Before anything is measured: a mistake here would be met only after all the work. */
async function checkOutput(path: string, metrics: string | undefined): Promise<void> {
  if (metrics !== undefined && metrics !== 'sfid') {
    throw new RangeError(`fid: --metrics must be sfid or left out with --save-stats, got ${metrics}`);
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
function lines(result: Comparison & FeatureMetrics & { readonly sfid?: SpatialDistance }): string[] {
  const { metric, value, n, extractor, mode, sfid, kid, mind, mifid, prdc, is, infinity, interval, seed } =
    result;
  const says = result.claimed.length > 0 ? ` (as ${result.claimed.join(' and ')} says)` : '';
  const called = (inception: string, other: string) =>
    metric === 'FID' ? inception : metric.replace('FD', other);
  const from = n.map((count) => count ?? 'unknown').join(' and ');
  const out = [`${metric} ${value}`, `n ${from}, extractor ${extractor ?? 'unknown'}${says}`];
  if (mode !== null) out.push(`mode ${mode}`);
  if (sfid) out.push(`${sfid.metric} ${sfid.value} (${sfid.dimensions} features)`);
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
    const name = kid.kernel ? metric.replace(/^FI?D/, 'KD') : called('KID', 'KD');
    const how = kid.kernel
      ? `, kernel ${Object.entries(kid.kernel)
          .map(([key, value]) => `${key} ${value}`)
          .join(' ')}`
      : '';
    out.push(`${name} ${kid.value} ± ${kid.std} (${kid.subsets} × ${kid.subsetSize}, seed ${seed}${how})`);
  }
  if (mind) out.push(`${called('MIND', 'MD')} ${mind.value} (${mind.projections} projections, seed ${seed})`);
  if (mifid) {
    const how = `cosine distance ${mifid.distance}, threshold ${mifid.threshold}`;
    out.push(`${called('MiFID', 'MiFD')} ${mifid.value} (${how})`);
  }
  if (prdc) {
    const { precision, recall, density, coverage, k } = prdc;
    out.push(`precision ${precision} recall ${recall} density ${density} coverage ${coverage} (k ${k})`);
  }
  if (is) out.push(`IS ${is.value} ± ${is.std} (${is.splits} splits)`);
  return out;
}

async function ownVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version);
}

const fidCommand = (terminal: Terminal) =>
  defineCommand({
    meta: async () => ({
      name: 'immiscible-fid',
      version: await ownVersion(),
      description: FID_ABOUT,
    }),
    args: fidArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, fidArgs, 2);
        const { compare, compareSpatial } = await import('./node/compare.js');
        const { compareFeatures, METRICS, needsFeatures } = await import('./node/compare-features.js');
        const { measure } = await import('./node/measure.js');
        const isModule = /\.[cm]?js$/.test(args.extractor);
        if (!isModule && !['inception', 'values', 'fashion'].includes(args.extractor)) {
          throw new RangeError(
            `fid: --extractor must be inception, values, fashion, or a module's path (.mjs), got ${args.extractor}`,
          );
        }
        if (!['64', '192', '768', '2048'].includes(args.dims)) {
          throw new RangeError(`fid: --dims must be 64, 192, 768 or 2048, got ${args.dims}`);
        }
        const layer = Number(args.dims) as InceptionFeatureLayer;
        if (layer !== 2048 && args.extractor !== 'inception') {
          throw new RangeError(
            `fid: --dims must be left out with --extractor ${args.extractor}, got ${layer}`,
          );
        }
        const { checkFeatureName, extractorFromModule } = await import('./node/extractor-module.js');
        const { statsPath } = await import('./node/stats-path.js');
        const featuresOf = args['features-of'];
        if (featuresOf !== undefined) checkFeatureName('--features-of', featuresOf);
        const paths = [await statsPath(args.a), await statsPath(args.b, args['save-stats'])] as const;
        if (!['pytorch', 'clean', 'legacy_tensorflow'].includes(args.mode)) {
          throw new RangeError(`fid: --mode must be pytorch, clean or legacy_tensorflow, got ${args.mode}`);
        }
        if (args['save-stats']) await checkOutput(paths[1], args.metrics);
        const num = positive('num', args.num);
        const metrics = (args.metrics?.split(',') ?? []) as Metric[];
        const other = metrics.find((name) => !METRICS.includes(name));
        if (other !== undefined) {
          throw new RangeError(`fid: --metrics must be of ${METRICS.join(', ')}, got ${other}`);
        }
        const needed = needsFeatures(metrics);
        const spatial = metrics.includes('sfid');
        const kernel = kernelOf(args);
        const threshold = Number(args.threshold);
        if (!(threshold > 0 && threshold <= 1)) {
          throw new RangeError(`fid: --threshold must be in (0, 1], got ${JSON.stringify(args.threshold)}`);
        }
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
          ...(kernel && { kernel }),
          projections: positive('projections', args.projections) as number,
          threshold,
          k: positive('k', args.k) as number,
          splits: positive('splits', args.splits) as number,
          points: positive('points', args.points) as number,
          smallest: positive('smallest', args.smallest) as number,
          replicates: positive('replicates', args.replicates) as number,
        };
        const batchSize = positive('batch-size', args['batch-size']);
        const workers = args.workers === '0' ? 0 : positive('workers', args.workers);
        let loading: Promise<FeatureExtractor> | undefined;
        let channels: 1 | 3 = args.extractor === 'fashion' ? 1 : 3;
        if (isModule) {
          const { setBackend } = await import('./node/load-extractor.js');
          await setBackend(args.backend as 'cpu' | undefined, true);
          const found = await extractorFromModule(
            args.extractor,
            batchSize === undefined ? {} : { batchSize },
          );
          channels = found.channels;
          loading = Promise.resolve(found.extractor);
        }
        const load = async (): Promise<FeatureExtractor> => {
          const { loadExtractor } = await import('./node/load-extractor.js');
          return loadExtractor({
            name: args.extractor as 'inception',
            mode: args.mode as ResizeMode,
            layer,
            weights: args.weights,
            batchSize,
            backend: args.backend as 'cpu' | undefined,
          });
        };
        const options = {
          extractor: () => (loading ??= load()),
          channels,
          ...(spatial && { spatial }),
          ...(featuresOf !== undefined && { featuresOf }),
          ...(workers !== undefined && { workers }),
          ...(num !== undefined && { num }),
          skipDamaged: args['skip-damaged'],
          onSkipped: (text: string) => terminal.error(`warning: ${text}`),
          onProgress: (done: number, count: number) => {
            if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${count} images`);
          },
        };
        const a = await measure(paths[0], { ...options, keep: needed.a && !args['save-stats'] });
        if (args['save-stats']) {
          const { writeStatistics } = await import('./node/npz-file.js');
          await writeStatistics(paths[1], a);
          if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
          terminal.log(
            args.json
              ? JSON.stringify({ path: paths[1], n: a.n ?? null, extractor: a.extractor ?? null })
              : paths[1],
          );
          return;
        }
        const b = await measure(paths[1], { ...options, keep: needed.b });
        const inputs = [args.a, args.b] as const;
        const result = {
          ...compare(inputs, a, b, { allowFew: args['allow-few'] }),
          ...(spatial && { sfid: compareSpatial(inputs, a, b, { allowFew: args['allow-few'] }) }),
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
      name: 'immiscible-fid fetch-inception',
      description: FETCH_ABOUT,
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

/** The command `immiscible-fid`, with the arguments after its name. */
export async function runFid(rawArgs: readonly string[], terminal: Terminal): Promise<void> {
  const [first, ...rest] = rawArgs;
  const isFetch = first === 'fetch-inception';
  if (rawArgs.some((arg) => arg === '--help' || arg === '-h')) {
    const { helpText } = await import('./help-text.js');
    terminal.log(
      isFetch
        ? helpText('npx @immiscible/metrics-fid fetch-inception [OPTIONS]', FETCH_ABOUT, fetchArgs)
        : helpText('npx @immiscible/metrics-fid [OPTIONS] <A> <B>', FID_ABOUT, fidArgs),
    );
    return;
  }
  await (isFetch
    ? runMain(fetchCommand(terminal), { rawArgs: rest })
    : runMain(fidCommand(terminal), { rawArgs: [...rawArgs] }));
}
