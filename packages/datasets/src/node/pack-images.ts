import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { ArgumentError, checkOptions, rowMajor } from '@immiscible/core';
import type { Dataset } from '../dataset.js';
import type { ImageFiles } from './image-files.js';
import { decodeImages, type ImageBlock, labelsOfKept } from './load-images.js';
import { LOAD_IMAGES_OPTIONS, type LoadImagesOptions } from './load-options.js';
import { encodePackedHeader, PACKED_HEADER, type PackedTable } from './packed-format.js';

/** What was written to a packed file. */
export interface PackedSummary {
  /** Number of images. */
  readonly count: number;
  /** `[H,W,C]` of each. */
  readonly shape: readonly [number, number, number];
  /** SHA-256 of images and labels. */
  readonly sha256: string;
}

/**
 * Writes a data set to a packed file: decoded once, then read in any order without being in memory. The file appears
 * under its name only when it is whole.
 *
 * @param source - images in memory, or pictures that are decoded on the way
 * @param path - the file to write
 * @param options - how to decode pictures, as `loadImages` takes them
 * @throws RangeError as `loadImages` does
 */
export async function packImages(
  source: Dataset | ImageFiles,
  path: string,
  options: LoadImagesOptions = {},
): Promise<PackedSummary> {
  checkOptions('packImages', options, LOAD_IMAGES_OPTIONS);
  // A name that nothing has: what is there, or where a link leads, is not written to.
  const partial = `${path}.${randomUUID()}.partial`;
  const file = await open(partial, 'wx').catch((cause: unknown) => {
    const got = `${path} (${(cause as Error).message})`;
    const constraint = 'in a folder that can be written to';
    throw new ArgumentError({ fn: 'packImages', argument: 'path', constraint, got }, { cause });
  });
  try {
    const summary = await writePacked(file, source, options);
    await file.sync();
    await file.close();
    await rename(partial, path);
    return summary;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

async function writePacked(
  file: FileHandle,
  source: Dataset | ImageFiles,
  options: LoadImagesOptions,
): Promise<PackedSummary> {
  const hash = createHash('sha256');
  let at = PACKED_HEADER;
  let count = 0;
  let shape: readonly [number, number, number] = [0, 0, 0];
  const append = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes);
    await file.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  };
  const kept: number[] = [];
  for await (const block of 'images' in source ? blocksOf(source) : decodeImages(source, options)) {
    await append(block.pixels);
    if (block.kept) kept.push(...block.kept);
    count += block.count;
    shape = block.shape;
  }
  const { name, classNames, allowsFlip } = source;
  const labels = source.labels && ('images' in source ? source.labels : labelsOfKept(source.labels, kept));
  if (labels) await append(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  const sha256 = hash.digest('hex');
  const content: PackedTable = {
    name,
    count,
    shape,
    labels: labels !== undefined,
    ...(classNames && { classNames }),
    allowsFlip,
    sha256,
  };
  const table = Buffer.from(JSON.stringify(content));
  await file.write(table, 0, table.length, at);
  await file.write(encodePackedHeader(at, table.length), 0, PACKED_HEADER, 0);
  return { count, shape, sha256 };
}

async function* blocksOf({ images }: Dataset): AsyncGenerator<ImageBlock> {
  const data = rowMajor('packImages', 'images', images);
  const [count = 0, ...shape] = images.shape;
  const size = images.size / count;
  const perBlock = Math.max(1, Math.floor(2 ** 22 / size));
  for (let start = 0; start < count; start += perBlock) {
    const end = Math.min(count, start + perBlock);
    const pixels = data.subarray(start * size, end * size);
    yield { pixels, count: end - start, shape: shape as [number, number, number] };
  }
}
