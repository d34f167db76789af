import { readFile, writeFile } from 'node:fs/promises';
import { decodeNpy, encodeNpz, type NpyFile, openNpz } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import ndarray, { type NdArray } from 'ndarray';
import type { Features } from '../features.js';
import type { Gaussian } from '../frechet-distance.js';

/** Statistics of a file, which may not say what they are of. */
export type FileStatistics = Gaussian & {
  readonly extractor?: string;
  /** Whether `extractor` is what a file says of itself, which can't be checked. */
  readonly claimed?: true;
  /** Of sFID's features of the same images: `mu_s` and `sigma_s` in guided-diffusion's files. */
  readonly spatial?: Gaussian;
  /** The features themselves, where they were to be kept. */
  readonly features?: Features;
};

/** Images of a file, which are read some at a time. */
export interface NpzImages {
  /** `[N,H,W,C]`. */
  readonly shape: readonly number[];
  /** uint8 `[count,H,W,C]`, contiguous. */
  rows(start: number, count: number): Promise<NdArray<Uint8Array>>;
}

/** What an `.npz` holds: statistics (`mu`, `sigma`), or else images (`arr_0`, as guided-diffusion writes samples). */
export type NpzContent =
  | {
      readonly kind: 'statistics';
      readonly statistics: FileStatistics;
      /** Some of the images, where the file has them beside the statistics. */
      readonly images?: NpzImages;
    }
  | { readonly kind: 'images'; readonly images: NpzImages };

/** Unit roundoff of a file's numbers, where it isn't float64's. */
const PRECISION: Readonly<Record<string, number>> = { f4: 2 ** -24, f2: 2 ** -11, bf2: 2 ** -8 };

/**
 * Reads what FID tools keep in `.npz` files: `mu` and `sigma` (pytorch-fid, clean-fid, EDM), `mu_s` and `sigma_s` of sFID
 * beside them (guided-diffusion), and images in `arr_0`, of any size. `n` and `extractor`, where {@link writeStatistics}
 * wrote the file. Other arrays may be anything.
 *
 * @param path - the file
 * @param use - what to do with the content; the file is closed after it
 * @throws RangeError if the file is damaged, or holds neither
 */
export async function readFidNpz<T>(path: string, use: (content: NpzContent) => T | Promise<T>): Promise<T> {
  const npz = await openNpz(await openFile(path));
  try {
    const open = async (name: string) => (npz.names.includes(name) ? npz.open(name) : undefined);
    const [mu, sigma] = [await open('mu'), await open('sigma')];
    const images = npz.names.includes('arr_0')
      ? imagesOf(await npz.open('arr_0').catch(() => undefined))
      : undefined;
    if (mu === undefined || sigma === undefined) {
      if (images) return await use({ kind: 'images', images });
      return fail(
        path,
        'hold mu and sigma, or images [N,H,W,C] of uint8 as arr_0',
        await found(npz.names, npz.open),
      );
    }
    const [muS, sigmaS] = [await open('mu_s'), await open('sigma_s')];
    const n = Number((await (await open('n'))?.read())?.data[0] ?? NaN);
    const extractor = (await (await open('extractor'))?.read())?.data;
    return await use({
      kind: 'statistics',
      ...(images && { images }),
      statistics: {
        ...(await gaussian(path, '', mu, sigma)),
        ...(muS && sigmaS && { spatial: await gaussian(path, '_s', muS, sigmaS) }),
        ...(Number.isInteger(n) && n >= 2 && { n }),
        ...(extractor instanceof Uint8Array && {
          extractor: new TextDecoder().decode(extractor),
          claimed: true as const,
        }),
      },
    });
  } finally {
    await npz.close();
  }
}

function imagesOf(array: NpyFile | undefined): NpzImages | undefined {
  if (array?.shape.length !== 4 || array.dtype !== 'u1') return undefined;
  return {
    shape: array.shape,
    rows: (start, count) => array.rows(start, count) as Promise<NdArray<Uint8Array>>,
  };
}

/** The arrays that are there, for messages. */
async function found(names: readonly string[], open: (name: string) => Promise<NpyFile>): Promise<string> {
  const all = names.slice(0, 8).map(async (name) => {
    const array = await open(name).catch(() => undefined);
    return array ? `${name} [${array.shape.join(',')}] of ${array.dtype}` : `${name}, no numbers`;
  });
  return (await Promise.all(all)).join(', ') || 'nothing';
}

async function gaussian(path: string, suffix: string, mu: NpyFile, sigma: NpyFile): Promise<Gaussian> {
  const d = mu.shape[0] as number;
  if (mu.shape.length !== 1 || d < 1) fail(path, `hold mu${suffix} of shape [D]`, `[${mu.shape.join(',')}]`);
  if (sigma.shape.length !== 2 || sigma.shape.some((size) => size !== d)) {
    fail(path, `hold sigma${suffix} of shape [${d},${d}]`, `[${sigma.shape.join(',')}]`);
  }
  const [mean, covariance] = [(await mu.read()).data, (await sigma.read()).data];
  finite(path, `mu${suffix}`, mean);
  finite(path, `sigma${suffix}`, covariance);
  const precision = PRECISION[sigma.dtype];
  return {
    dimensions: d,
    mean: Float64Array.from(mean, Number),
    // A symmetric matrix: whether rows or columns come first doesn't matter.
    covariance: Float64Array.from(covariance, Number),
    ...(precision !== undefined && { precision }),
  };
}

/**
 * Features `[N,D]` from an `.npy` file.
 *
 * @param path - the file
 * @throws RangeError if the file is damaged, or holds something else
 */
export async function readFeatures(path: string): Promise<NdArray<Float32Array> | NdArray<Float64Array>> {
  const array = decodeNpy(new Uint8Array(await readFile(path)), { name: path });
  const { data } = array;
  if (array.shape.length === 2 && (data instanceof Float32Array || data instanceof Float64Array)) {
    finite(path, 'features', data);
    return array as NdArray<Float32Array>;
  }
  return fail(path, 'hold floating-point features of shape [N,D]', `[${array.shape.join(',')}]`);
}

/**
 * Writes statistics as `.npz`: `mu`, `sigma` (and `mu_s`, `sigma_s`) as other tools read them, and `n` and `extractor`
 * (bytes) as well. A covariance that was read as float32 stays that, so that its rounding is known for what it is.
 *
 * @param path - the file
 * @param statistics - what to write; borrowed
 */
export async function writeStatistics(path: string, statistics: FileStatistics): Promise<void> {
  const { n, extractor, spatial } = statistics;
  const arrays: Record<string, NdArray<Float64Array> | NdArray<Float32Array> | NdArray<Uint8Array>> = {};
  const add = (suffix: string, { dimensions: d, mean, covariance, precision }: Gaussian) => {
    arrays[`mu${suffix}`] = ndarray(mean, [d]);
    arrays[`sigma${suffix}`] =
      precision === undefined ? ndarray(covariance, [d, d]) : ndarray(Float32Array.from(covariance), [d, d]);
  };
  add('', statistics);
  if (spatial) add('_s', spatial);
  if (n !== undefined) arrays['n'] = ndarray(Float64Array.of(n), []);
  if (extractor !== undefined) {
    const name = new TextEncoder().encode(extractor);
    arrays['extractor'] = ndarray(name, [name.length]);
  }
  await writeFile(path, await encodeNpz(arrays));
}

function fail(path: string, expected: string, found: string): never {
  throw new RangeError(`fid: ${path} must ${expected}, got ${found}`);
}

function finite(path: string, name: string, data: ArrayLike<number | bigint>): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(Number(data[i]))) fail(path, `hold finite numbers as ${name}`, `${data[i]} at ${i}`);
  }
}
