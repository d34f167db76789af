import { stat } from 'node:fs/promises';
import { ArgumentError, checkOptions, type OptionKeys, type Wording } from '@immiscible/core';
import {
  damagedText,
  eachPicture,
  openImages,
  type SkippedPicture,
  skippedText,
} from '@immiscible/datasets/node';
import type { NdArray } from 'ndarray';
import type { FeatureExtractor } from '../feature-extractor.js';
import { statistics } from '../statistics.js';
import { collect } from './collect.js';
import {
  type FileStatistics,
  type NpzContent,
  type NpzImages,
  readFeatures,
  readFidNpz,
} from './npz-file.js';

/** Options of {@link measure}. */
export interface MeasureOptions {
  /** Asked for only if there are images. */
  readonly extractor: () => Promise<FeatureExtractor>;
  /** 3, or 1 for extractors of gray images. */
  readonly channels: 1 | 3;
  /** Take the first this many (pictures are sorted by path); fewer are an error. */
  readonly num?: number;
  /**
   * Keep the features, for what statistics are not enough for.
   * @defaultValue false
   */
  readonly keep?: boolean;
  /**
   * Take sFID's features in the same pass.
   * @defaultValue false
   */
  readonly spatial?: boolean;
  /** The id of the extractor of features, where a file doesn't say. */
  readonly featuresOf?: string;
  /**
   * Threads that decode pictures.
   * @defaultValue one less than there are processors, 1 to 8
   */
  readonly workers?: number;
  /**
   * Leave out pictures that can't be decoded, instead of failing at the first.
   * @defaultValue false
   */
  readonly skipDamaged?: boolean;
  /** Told what is left out of a folder or an archive, if anything is: other files, and damaged pictures. */
  readonly onSkipped?: (text: string) => void;
  /** Told how many images are done, of how many. */
  readonly onProgress?: (done: number, count: number) => void;
}

const KEYS = {
  ...{ extractor: true, channels: true, num: true, keep: true, spatial: true, featuresOf: true },
  ...{ workers: true, skipDamaged: true, onSkipped: true, onProgress: true },
} satisfies OptionKeys<MeasureOptions>;

/** Images whose features are taken at once. */
const PART = 128;

/**
 * Statistics of pictures in a folder, zip, tar or parquet, of an `.npz` (statistics, or images as `arr_0`), or of `.npy` features.
 *
 * @param path - a folder, archive or file
 * @param options - the extractor, and how to read pictures
 * @throws RangeError naming the file, if it is damaged, there are too few images, or `num` is given for statistics that
 *   are not of as many
 */
export async function measure(path: string, options: MeasureOptions): Promise<FileStatistics> {
  checkOptions('measure', options, KEYS);
  const { num } = options;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return fail(path, 'be', 'there', 'nothing');
  if (found.isDirectory() || /\.(zip|tar|tar\.gz|tgz|parquet)$/i.test(path)) return ofPictures(path, options);
  if (/\.npy$/i.test(path)) {
    const features = await readFeatures(path);
    const count = enough(path, features.shape[0] as number, num);
    const first = features.hi(count) as NdArray<Float64Array>;
    const sums = statistics(features.shape[1] as number).update(first);
    return {
      ...sums.finish(),
      ...(options.featuresOf !== undefined && { extractor: options.featuresOf }),
      ...(options.keep && { features: first }),
    };
  }
  if (!/\.npz$/i.test(path))
    return fail(path, 'be', 'a folder, .zip, .tar, .tar.gz, .parquet, .npz or .npy', 'another kind of file');
  return readFidNpz(path, (content) => ofNpz(path, content, options));
}

async function ofNpz(path: string, content: NpzContent, options: MeasureOptions): Promise<FileStatistics> {
  const { num } = options;
  if (content.kind === 'images') return ofArray(path, content.images, options);
  const named = { ...(options.featuresOf !== undefined && { extractor: options.featuresOf }) };
  const { n } = content.statistics;
  if (num !== undefined && n !== num)
    fail(path, 'be', [`statistics of ${num} images, as `, { option: 'num' }, ' says'], n ?? 'no n');
  if (!options.keep || !content.images) return { ...named, ...content.statistics };
  // guided-diffusion's references hold statistics of all images, and some of these for what takes features.
  const { num: _, ...rest } = options;
  const { features } = await ofArray(path, content.images, { ...rest, spatial: false });
  return { ...named, ...content.statistics, ...(features && { features }) };
}

async function ofPictures(path: string, options: MeasureOptions): Promise<FileStatistics> {
  // A distance takes no labels: whatever is wrong with them is none of its business.
  const files = await openImages(path, { labels: false });
  try {
    const count = enough(path, files.paths.length, options.num);
    const extractor = await options.extractor();
    const sums = collect(path, extractor, options.keep ? count : 0, options.spatial);
    const { workers, skipDamaged = false, onSkipped } = options;
    if (files.skipped?.length) onSkipped?.(`${path}: ${skippedText(files.paths.length, files.skipped)}`);
    const decoding = {
      channels: options.channels,
      convert: true,
      skipDamaged,
      onDamaged: (damaged: readonly SkippedPicture[]) => {
        onSkipped?.(`${path}: ${damagedText(damaged)}`);
      },
      ...(workers !== undefined && { workers }),
    };
    const first = { ...files, paths: files.paths.slice(0, count), read: files.read.bind(files) };
    let part: NdArray<Uint8Array>[] = [];
    const flush = async () => {
      if (part.length === 0) return;
      const done = await sums.addEach(part);
      options.onProgress?.(done, count);
      part = [];
    };
    for await (const picture of eachPicture(first, decoding)) {
      part.push(picture);
      if (part.length === PART) await flush();
    }
    await flush();
    enough(path, sums.n(), options.num);
    return sums.finish();
  } finally {
    await files.close();
  }
}

async function ofArray(
  path: string,
  images: NpzImages,
  { extractor: get, channels: wanted, num, keep, spatial, onProgress }: MeasureOptions,
): Promise<FileStatistics> {
  const [n, , , channels] = images.shape as [number, number, number, number];
  const count = enough(path, n, num);
  if (channels !== 1 && channels !== wanted) {
    fail(path, 'hold', `images of ${wanted === 1 ? '1 channel' : '1 or 3 channels'}`, channels);
  }
  const extractor = await get();
  const sums = collect(path, extractor, keep ? count : 0, spatial);
  for (let start = 0; start < count; start += PART) {
    const end = Math.min(count, start + PART);
    const done = await sums.add(await images.rows(start, end - start));
    onProgress?.(done, count);
  }
  return sums.finish();
}

function enough(path: string, there: number, num: number | undefined): number {
  const least = num ?? 2;
  if (there < least) {
    const asTold = num === undefined ? [] : [', as ', { option: 'num' }, ' says'];
    fail(path, 'hold', [`at least ${least} images`, ...asTold], there);
  }
  return num ?? there;
}

function fail(path: string, verb: string, constraint: Wording, found: string | number): never {
  throw new ArgumentError({ fn: 'fid', argument: path, verb, constraint, got: String(found) });
}
