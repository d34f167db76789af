#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';
import type { FeatureExtractor } from './feature-extractor.js';
import type { ResizeMode } from './inception-resize.js';

/** Runs a command's body; what it throws is a message for the user, not a crash. */
async function orFail(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.error(error instanceof Error ? error.message : String(error));
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
  metrics: { type: 'string', description: 'beside the distance: kid, prdc, or kid,prdc (A is real)' },
  'kid-subsets': { type: 'string', description: 'how many', default: '100' },
  'kid-subset-size': { type: 'string', description: 'images in each', default: '1000' },
  k: { type: 'string', description: "prdc's nearest neighbor", default: '5' },
  seed: { type: 'string', description: "of KID's subsets", default: '0' },
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

const fid = defineCommand({
  meta: {
    name: 'fid',
    description:
      'Fréchet Inception Distance between two sets of images. fid fetch-inception gets the weights',
  },
  args: fidArgs,
  run: ({ args }) =>
    orFail(async () => {
      refuseUnknown(args, fidArgs, 2);
      const { compare, compareFeatures } = await import('./node/compare.js');
      const { measure } = await import('./node/measure.js');
      if (!['inception', 'fashion'].includes(args.extractor)) {
        throw new RangeError(`fid: --extractor must be inception or fashion, got ${args.extractor}`);
      }
      const num = positive('num', args.num);
      const metrics = (args.metrics?.split(',') ?? []) as ('kid' | 'prdc')[];
      const other = metrics.find((name) => name !== 'kid' && name !== 'prdc');
      if (other !== undefined) throw new RangeError(`fid: --metrics must be of kid, prdc, got ${other}`);
      const more = {
        metrics,
        subsets: positive('kid-subsets', args['kid-subsets']) as number,
        subsetSize: positive('kid-subset-size', args['kid-subset-size']) as number,
        k: positive('k', args.k) as number,
        seed: Number(args.seed),
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
        keep: metrics.length > 0,
        ...(num !== undefined && { num }),
        onProgress: (done: number, count: number) => {
          if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${count} images`);
        },
      };
      const a = await measure(args.a, options);
      if (args['save-stats']) {
        const { writeStatistics } = await import('./node/npz-file.js');
        await writeStatistics(args.b, a);
        if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
        console.log(
          args.json
            ? JSON.stringify({ path: args.b, n: a.n ?? null, extractor: a.extractor ?? null })
            : args.b,
        );
        return;
      }
      const b = await measure(args.b, options);
      const inputs = [args.a, args.b] as const;
      const result = { ...compare(inputs, a, b), ...compareFeatures(inputs, a, b, more) };
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      if (args.json) console.log(JSON.stringify(result));
      else {
        for (const warning of result.warnings) console.error(`warning: ${warning}`);
        const { metric, value, n, extractor, mode } = result;
        console.log(`${metric} ${value}`);
        console.log(
          `n ${n.map((count) => count ?? 'unknown').join(' and ')}, extractor ${extractor ?? 'unknown'}`,
        );
        if (mode !== null) console.log(`mode ${mode}`);
        const { kid, prdc } = result;
        if (kid) {
          const name = metric === 'FID' ? 'KID' : metric.replace('FD', 'KD');
          console.log(
            `${name} ${kid.value} ± ${kid.std} (${kid.subsets} × ${kid.subsetSize}, seed ${kid.seed})`,
          );
        }
        if (prdc) {
          const { precision, recall, density, coverage, k } = prdc;
          console.log(
            `precision ${precision} recall ${recall} density ${density} coverage ${coverage} (k ${k})`,
          );
        }
      }
    }),
});

const fetchArgs = {
  output: { type: 'string', description: 'where to put it, if not in the cache' },
  url: { type: 'string', description: 'a mirror; the SHA-256 must be the same' },
} as const;

const fetchCommand = defineCommand({
  meta: {
    name: 'fid fetch-inception',
    description: 'Download the weights of FID (96 MB) and check their SHA-256',
  },
  args: fetchArgs,
  run: ({ args }) =>
    orFail(async () => {
      refuseUnknown(args, fetchArgs, 0);
      const { fetchInception } = await import('./node/inception-file.js');
      console.log(await fetchInception(args.output, args.url));
    }),
});

const [first, ...rest] = process.argv.slice(2);
await (first === 'fetch-inception' ? runMain(fetchCommand, { rawArgs: rest }) : runMain(fid));
