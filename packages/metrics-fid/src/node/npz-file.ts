import { readFile, writeFile } from 'node:fs/promises';
import { readNpy } from '@immiscible/datasets';
import { readNpz } from '@immiscible/datasets/node';
import type { NdArray } from 'ndarray';
import type { Features } from '../features.js';
import type { Gaussian } from '../frechet-distance.js';

/** Statistics of a file, which may not say what they are of. */
export type FileStatistics = Gaussian & {
  readonly extractor?: string;
  /** Of sFID's features of the same images: `mu_s` and `sigma_s` in guided-diffusion's files. */
  readonly spatial?: Gaussian;
  /** The features themselves, where they were to be kept. */
  readonly features?: Features;
};

/** What an `.npz` holds: statistics (`mu`, `sigma`), or else images (`arr_0`, as guided-diffusion writes samples). */
export type NpzContent =
  | {
      readonly kind: 'statistics';
      readonly statistics: FileStatistics;
      /** Some of the images, where the file has them beside the statistics. */
      readonly images?: NdArray<Uint8Array>;
    }
  | { readonly kind: 'images'; readonly images: NdArray<Uint8Array> };

/**
 * Reads what FID tools keep in `.npz` files: `mu` and `sigma` (pytorch-fid, clean-fid, EDM), `mu_s` and `sigma_s` of sFID
 * beside them (guided-diffusion), and images in `arr_0`. `n` and `extractor`, where {@link writeStatistics} wrote the file.
 *
 * @throws RangeError if the file is damaged, or holds neither
 */
export async function readFidNpz(path: string): Promise<NpzContent> {
  const arrays = await readNpz(path);
  const [mu, sigma, array] = ['mu', 'sigma', 'arr_0'].map((name) => arrays.get(name));
  const images =
    array?.shape.length === 4 && array.data instanceof Uint8Array
      ? (array as NdArray<Uint8Array>)
      : undefined;
  if (mu === undefined || sigma === undefined) {
    if (images) return { kind: 'images', images };
    return fail(
      path,
      'hold mu and sigma, or images [N,H,W,C] of uint8 as arr_0',
      [...arrays]
        .map(([name, { data, shape }]) => `${name} [${shape.join(',')}] of ${data.constructor.name}`)
        .join(', ') || 'nothing',
    );
  }
  const [muS, sigmaS] = [arrays.get('mu_s'), arrays.get('sigma_s')];
  const n = Number(arrays.get('n')?.data[0] ?? NaN);
  const extractor = arrays.get('extractor')?.data;
  return {
    kind: 'statistics',
    ...(images && { images }),
    statistics: {
      ...gaussian(path, '', mu, sigma),
      ...(muS && sigmaS && { spatial: gaussian(path, '_s', muS, sigmaS) }),
      ...(Number.isInteger(n) && n >= 2 && { n }),
      ...(extractor instanceof Uint8Array && { extractor: new TextDecoder().decode(extractor) }),
    },
  };
}

type Array_ = Awaited<ReturnType<typeof readNpz>> extends ReadonlyMap<string, infer T> ? T : never;

function gaussian(path: string, suffix: string, mu: Array_, sigma: Array_): Gaussian {
  const d = mu.shape[0] as number;
  if (mu.shape.length !== 1 || d < 1) fail(path, `hold mu${suffix} of shape [D]`, `[${mu.shape.join(',')}]`);
  if (sigma.shape.length !== 2 || sigma.shape.some((size) => size !== d)) {
    fail(path, `hold sigma${suffix} of shape [${d},${d}]`, `[${sigma.shape.join(',')}]`);
  }
  finite(path, `mu${suffix}`, mu.data);
  finite(path, `sigma${suffix}`, sigma.data);
  return {
    dimensions: d,
    mean: Float64Array.from(mu.data, Number),
    // A symmetric matrix: whether rows or columns come first doesn't matter.
    covariance: Float64Array.from(sigma.data, Number),
  };
}

/**
 * Features `[N,D]` from an `.npy` file.
 *
 * @throws RangeError if the file is damaged, or holds something else
 */
export async function readFeatures(path: string): Promise<NdArray<Float32Array> | NdArray<Float64Array>> {
  const array = readNpy(new Uint8Array(await readFile(path)), path);
  const { data } = array;
  if (array.shape.length === 2 && (data instanceof Float32Array || data instanceof Float64Array)) {
    finite(path, 'features', data);
    return array as NdArray<Float32Array>;
  }
  return fail(path, 'hold floating-point features of shape [N,D]', `[${array.shape.join(',')}]`);
}

/** Writes statistics as `.npz`: `mu`, `sigma` (and `mu_s`, `sigma_s`) as other tools read them, and `n` and `extractor` (bytes) as well. */
export async function writeStatistics(path: string, statistics: FileStatistics): Promise<void> {
  const { dimensions: d, mean, covariance, n, extractor, spatial } = statistics;
  const bytes = (values: Float64Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const name = new TextEncoder().encode(extractor);
  const files: [string, Uint8Array][] = [
    ['mu.npy', npy('<f8', `${d},`, bytes(mean))],
    ['sigma.npy', npy('<f8', `${d}, ${d}`, bytes(covariance))],
  ];
  if (spatial) {
    files.push(
      ['mu_s.npy', npy('<f8', `${spatial.dimensions},`, bytes(spatial.mean))],
      ['sigma_s.npy', npy('<f8', `${spatial.dimensions}, ${spatial.dimensions}`, bytes(spatial.covariance))],
    );
  }
  if (n !== undefined) files.push(['n.npy', npy('<f8', '', bytes(Float64Array.of(n)))]);
  if (extractor !== undefined) files.push(['extractor.npy', npy('|u1', `${name.length},`, name)]);
  await writeFile(path, zip(files));
}

function npy(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(length + data.length);
  out.set([0x93, ...Buffer.from('NUMPY'), 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  out.set(Buffer.from(`${text.padEnd(length - 11)}\n`), 10);
  out.set(data, length);
  return out;
}

/** A zip of stored files, with the date zips begin at, so that the same content gives the same bytes. */
function zip(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const table: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0); // version
    fixed.writeUInt16LE(33, 8); // 1980-01-01
    fixed.writeUInt32LE(crc32(data), 10);
    fixed.writeUInt32LE(data.length, 14);
    fixed.writeUInt32LE(data.length, 18);
    fixed.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(20);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), fixed, Buffer.from(name)]);
    table.push(Buffer.concat([entry.subarray(0, 6), fixed, rest, Buffer.from(name)]));
    parts.push(local, data);
    at += local.length + data.length;
  }
  const directory = Buffer.concat(table);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) {
    crc = (TABLE[(crc ^ (data[i] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function fail(path: string, expected: string, found: string): never {
  throw new RangeError(`fid: ${path} must ${expected}, got ${found}`);
}

function finite(path: string, name: string, data: ArrayLike<number | bigint>): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(Number(data[i]))) fail(path, `hold finite numbers as ${name}`, `${data[i]} at ${i}`);
  }
}
