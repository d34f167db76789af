import {
  type Command,
  defineCommand,
  type FlagValues,
  progressLine,
  UsageError,
} from '@immiscible/command-line';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { InceptionFeatureLayer } from '../inception-layers.js';
import type { Kernel } from '../kernel-distance.js';
import type { MeasureOptions } from '../node/measure.js';
import type { Metric } from '../node/metric-names.js';
import type { FileStatistics } from '../node/npz-file.js';
import { fidFlags } from './fid-flags.js';
import { type Result, resultLines } from './result-lines.js';

/** Extractors that have a name. */
const EXTRACTORS: readonly string[] = ['inception', 'random', 'values', 'fashion'];

type Values = FlagValues<typeof fidFlags>;

export const fid: Command = defineCommand({
  name: 'fid',
  about: 'Fréchet Inception Distance between two sets of images. fetch-inception gets the weights',
  flags: fidFlags,
  words: {
    a: {
      about: 'folder, .zip, .tar, .parquet, .npz (mu and sigma, or arr_0), .npy (features) or stats:NAME',
    },
    b: { about: 'the same; with --save-stats, the .npz or stats:NAME to write' },
  },
  async run({ flags, words }, terminal) {
    const saving = flags['save-stats'];
    const { extractor: name, json, workers, num, metrics = [] } = flags;
    const isModule = /\.[cm]?js$/.test(name);
    if (!isModule && !EXTRACTORS.includes(name)) {
      throw new UsageError(
        `--extractor must be ${EXTRACTORS.join(', ')}, or a module's path (.mjs), got ${name}`,
      );
    }
    if (flags.dims !== '2048' && name !== 'inception') {
      throw new UsageError(`--dims must be left out with --extractor ${name}, got ${flags.dims}`);
    }
    const kernel = kernelOf(flags);
    const { checkFeatureName } = await import('../node/extractor-module.js');
    const { statsPath } = await import('../node/stats-path.js');
    const { measure } = await import('../node/measure.js');
    const { needsFeatures } = await import('../node/compare-features.js');
    const featuresOf = flags['features-of'];
    if (featuresOf !== undefined) checkFeatureName('featuresOf', featuresOf);
    const paths = [await statsPath(words.a), await statsPath(words.b, saving)] as const;
    if (saving) await checkOutput(paths[1], metrics);
    const needed = needsFeatures(metrics);
    const { extractor, channels } = await extractorOf(flags, isModule);
    const progress = progressLine(terminal, { unit: 'images' });
    const options: MeasureOptions = {
      extractor,
      channels,
      ...(metrics.includes('sfid') && { spatial: true }),
      ...(featuresOf !== undefined && { featuresOf }),
      ...(workers !== undefined && { workers }),
      ...(num !== undefined && { num }),
      skipDamaged: flags['skip-damaged'],
      onSkipped: (text: string) => terminal.error(`warning: ${text}`),
      onProgress: progress.update,
    };
    const a = await measure(paths[0], { ...options, keep: needed.a && !saving });
    if (saving) {
      const { writeStatistics } = await import('../node/npz-file.js');
      await writeStatistics(paths[1], a);
      progress.end();
      const written = { path: paths[1], n: a.n ?? null, extractor: a.extractor ?? null };
      terminal.log(json ? JSON.stringify(written) : paths[1]);
      return;
    }
    const b = await measure(paths[1], { ...options, keep: needed.b });
    const result = await resultOf([words.a, words.b], [a, b], { flags, metrics, kernel, extractor });
    progress.end();
    if (json) terminal.log(JSON.stringify(result));
    else {
      for (const warning of result.warnings) terminal.error(`warning: ${warning}`);
      for (const line of resultLines(result)) terminal.log(line);
    }
  },
});

/** All that was asked for of two sets. */
async function resultOf(
  inputs: readonly [string, string],
  [a, b]: readonly [FileStatistics, FileStatistics],
  asked: {
    readonly flags: Values;
    readonly metrics: readonly Metric[];
    readonly kernel: Kernel | undefined;
    readonly extractor: () => Promise<FeatureExtractor>;
  },
): Promise<Result> {
  const { compare, compareSpatial } = await import('../node/compare.js');
  const { compareFeatures } = await import('../node/compare-features.js');
  const { flags, metrics, kernel, extractor } = asked;
  const { projections, threshold, k, splits, points, smallest, replicates, level, seed } = flags;
  const few = { allowFew: flags['allow-few'] };
  return {
    ...compare(inputs, a, b, few),
    ...(metrics.includes('sfid') && { sfid: compareSpatial(inputs, a, b, few) }),
    ...(await compareFeatures(inputs, a, b, {
      ...{ metrics, extractor, seed, level, projections, threshold, k, splits, points, smallest, replicates },
      subsets: flags['kid-subsets'],
      subsetSize: flags['kid-subset-size'],
      ...(kernel && { kernel }),
    })),
  };
}

/** The extractor, loaded when it is first asked for unless it is a module, which says how many channels it takes. */
async function extractorOf(
  flags: Values,
  isModule: boolean,
): Promise<{ readonly extractor: () => Promise<FeatureExtractor>; readonly channels: 1 | 3 }> {
  const { extractor: name, mode, backend, weights, 'batch-size': batchSize } = flags;
  if (isModule) {
    const { setBackend } = await import('../node/load-extractor.js');
    const { extractorFromModule } = await import('../node/extractor-module.js');
    await setBackend(backend, true);
    const found = await extractorFromModule(name, batchSize === undefined ? {} : { batchSize });
    return { extractor: async () => found.extractor, channels: found.channels };
  }
  const load = async (): Promise<FeatureExtractor> => {
    const { loadExtractor } = await import('../node/load-extractor.js');
    const { WeightsMissing } = await import('../node/inception-file.js');
    const layer = Number(flags.dims) as InceptionFeatureLayer;
    const options = { name: name as 'inception', mode, layer, weights, batchSize, backend };
    return loadExtractor(options).catch((error: unknown) => {
      if (!(error instanceof WeightsMissing)) throw error;
      const other = 'or take --extractor random or values, which need no download';
      throw new Error(`${error.message}; ${other}`, { cause: error });
    });
  };
  let loading: Promise<FeatureExtractor> | undefined;
  return { extractor: () => (loading ??= load()), channels: name === 'fashion' ? 1 : 3 };
}

/** KID's kernel, where flags say another one. */
function kernelOf(flags: Values): Kernel | undefined {
  const { 'kid-degree': degree, 'kid-gamma': gamma, 'kid-coef0': coef0, 'kid-sigma': sigma } = flags;
  const polynomial = {
    ...(degree !== undefined && { degree }),
    ...(gamma !== undefined && { gamma }),
    ...(coef0 !== undefined && { coef0 }),
  };
  const any = Object.keys(polynomial).length > 0;
  if (sigma === undefined) return any ? polynomial : undefined;
  if (any) throw new UsageError('--kid-sigma must be alone, got flags of the polynomial kernel as well');
  return { sigma };
}

/** Before anything is measured: a mistake here would be met only after all the work. */
async function checkOutput(path: string, metrics: readonly Metric[]): Promise<void> {
  if (metrics.some((metric) => metric !== 'sfid')) {
    throw new UsageError(`--metrics must be sfid or left out with --save-stats, got ${metrics.join()}`);
  }
  if (!/\.npz$/i.test(path)) throw new UsageError(`B must be an .npz to write, got ${path}`);
  const { stat } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new UsageError(`B must lie in a folder that is there, got ${path}`);
  }
}
