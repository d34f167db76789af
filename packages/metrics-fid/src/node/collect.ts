import { ArgumentError, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { InceptionExtractor } from '../inception-features.js';
import { statistics } from '../statistics.js';
import type { FileStatistics } from './npz-file.js';

/** Takes images in turn, bytes 0 … 255; the methods that add give the number so far. */
export interface FeatureSums {
  n(): number;
  /** `[N,H,W,C]`. */
  add(images: NdArray<Uint8Array>): Promise<number>;
  /** `[H,W,C]` each, of any sizes. */
  addEach(images: readonly NdArray<Uint8Array>[]): Promise<number>;
  finish(): FileStatistics;
}

/**
 * Sums of images' features, and the features of the first `kept`.
 *
 * @param path - what the images are of, for messages
 * @param withSpatial - whether to sum sFID's features as well
 */
export function collect(
  path: string,
  extractor: FeatureExtractor,
  kept: number,
  withSpatial = false,
): FeatureSums {
  const d = extractor.dimensions;
  const sums = statistics(d);
  const inception = withSpatial ? layered(extractor) : undefined;
  const spatial = inception && statistics(inception.atLayer('spatial').dimensions);
  const all = new Float32Array(kept * d);
  const take = (features: NdArray<Float32Array>, count: number): number => {
    const data = checkFeatures(extractor, features, count);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (!Number.isFinite(value)) {
        const image = sums.n + Math.floor(i / d);
        throw new RangeError(
          `fid: ${path} must give finite features by ${extractor.id}, got ${value} as feature ${i % d} of image ${image}`,
        );
      }
    }
    if (kept > 0) all.set(data, sums.n * d);
    return sums.update(features).n;
  };
  return {
    n: () => sums.n,
    async add(images) {
      const [count = 0, ...shape] = images.shape;
      if (!inception) return take(await extractor.extract(unit(images)), count);
      const size = images.size / count;
      const rows = Array.from({ length: count }, (_, i) =>
        ndarray(images.data.subarray(i * size, (i + 1) * size), shape),
      );
      return this.addEach(rows);
    },
    async addEach(images) {
      const units = images.map(unit);
      if (!inception) return take(await featuresOfEach(extractor, units), images.length);
      const [features, inner] = (await inception.extractLayers(units, [inception.layer, 'spatial'])) as [
        NdArray<Float32Array>,
        NdArray<Float32Array>,
      ];
      spatial?.update(inner);
      return take(features, images.length);
    },
    finish: () => ({
      ...sums.finish(),
      ...(spatial && { spatial: spatial.finish() }),
      extractor: extractor.id,
      ...(kept > 0 && { features: ndarray(all.subarray(0, sums.n * d), [sums.n, d]) }),
    }),
  };
}

/** Another's extractor is met here first. Gives the features row-major. */
function checkFeatures(
  { id, dimensions: d }: FeatureExtractor,
  features: NdArray<Float32Array>,
  n: number,
): Float32Array {
  const { shape, data } = features ?? {};
  if (shape?.length === 2 && shape[0] === n && shape[1] === d && data instanceof Float32Array) {
    const { stride = [d, 1], offset = 0 } = features as Partial<NdArray>;
    return rowMajor(`extractor ${id}`, 'features', ndarray(data, shape, stride, offset));
  }
  const found = Array.isArray(shape)
    ? `[${shape.join(',')}] of ${data?.constructor?.name}`
    : String(features);
  throw new RangeError(
    `fid: extractor ${id} must give features of shape [${n},${d}] as a Float32Array, got ${found}`,
  );
}

function layered(extractor: FeatureExtractor): InceptionExtractor {
  if ('extractLayers' in extractor && (extractor as InceptionExtractor).layer === 2048) {
    return extractor as InceptionExtractor;
  }
  const constraint = ['inception with ', { option: 'layer', value: 2048 }, ' for sfid'];
  throw new ArgumentError({ fn: 'fid', argument: 'extractor', constraint, got: extractor.id });
}

/** Features of images in order, those of one size together if the extractor doesn't take different ones. */
async function featuresOfEach(
  extractor: FeatureExtractor,
  images: readonly NdArray<Float32Array>[],
): Promise<NdArray<Float32Array>> {
  if (extractor.extractEach) return extractor.extractEach(images);
  const d = extractor.dimensions;
  const out = new Float32Array(images.length * d);
  const bySize = new Map<string, number[]>();
  for (const [i, { shape }] of images.entries()) {
    const same = bySize.get(shape.join());
    if (same) same.push(i);
    else bySize.set(shape.join(), [i]);
  }
  for (const indices of bySize.values()) {
    const { size, shape } = images[indices[0] as number] as NdArray<Float32Array>;
    const joined = new Float32Array(indices.length * size);
    indices.forEach((i, at) => joined.set((images[i] as NdArray<Float32Array>).data, at * size));
    const features = await extractor.extract(ndarray(joined, [indices.length, ...shape]));
    const data = checkFeatures(extractor, features, indices.length);
    indices.forEach((i, at) => out.set(data.subarray(at * d, (at + 1) * d), i * d));
  }
  return ndarray(out, [images.length, d]);
}

/** Bytes to [−1, 1]. */
function unit(images: NdArray<Uint8Array>): NdArray<Float32Array> {
  const data = rowMajor('fid', 'images', images);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (data[i] as number) / 127.5 - 1;
  return ndarray(out, [...images.shape]);
}
