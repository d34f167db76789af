import ndarray from 'ndarray';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { hex, latin1 } from '../bytes.js';
import { ArgumentError, checkBytes, checkLabels, checkOptions, rowMajor } from '@immiscible/core';
import { createDataset, type Dataset, type ImageSource } from '../dataset.js';
import type { ImageFiles } from './image-files.js';
import {
  decodeImages,
  type ImageBlock,
  labelsOfKept,
  LOAD_IMAGES_OPTIONS,
  type LoadImagesOptions,
} from './load-images.js';

/*
 * A packed file: 4,096 bytes of header ("IMPACK01", then where the table begins and how long it is, float64 both,
 * little-endian), the images' bytes one after the other, the labels (int32, little-endian), the table (JSON).
 */
const MAGIC = 'IMPACK01';
const HEADER = 4096;

interface Table {
  readonly name: string;
  readonly count: number;
  readonly shape: readonly [number, number, number];
  readonly labels: boolean;
  readonly classNames?: readonly string[];
  readonly allowsFlip: boolean;
  /** Of images and labels. */
  readonly sha256: string;
}

/** A packed file that is open. */
export interface PackedDataset extends ImageSource {
  readonly path: string;
  /** SHA-256 of images and labels, as the file says. */
  readonly sha256: string;
  /** Reads all of it and compares; @throws RangeError if the content was changed */
  verify(): Promise<void>;
  /** All of it in memory. */
  load(): Dataset;
  close(): void;
}

/**
 * Writes a data set to a packed file: decoded once, then read in any order without being in memory. The file appears
 * under its name only when it is whole.
 *
 * @throws RangeError as `loadImages` does
 */
export async function packImages(
  source: Dataset | ImageFiles,
  path: string,
  options: LoadImagesOptions = {},
): Promise<{
  readonly count: number;
  readonly shape: readonly [number, number, number];
  readonly sha256: string;
}> {
  checkOptions('packImages', options, LOAD_IMAGES_OPTIONS);
  const blocks = 'images' in source ? blocksOf(source) : decodeImages(source, options);
  // A name that nothing has: what is there, or where a link leads, is not written to.
  const partial = `${path}.${randomUUID()}.partial`;
  const file = await open(partial, 'wx').catch((cause: unknown) => {
    const got = `${path} (${(cause as Error).message})`;
    const constraint = 'in a folder that can be written to';
    throw new ArgumentError({ fn: 'packImages', argument: 'path', constraint, got }, { cause });
  });
  try {
    const hash = createHash('sha256');
    let at = HEADER;
    let count = 0;
    let shape: readonly [number, number, number] = [0, 0, 0];
    const append = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    };
    const kept: number[] = [];
    for await (const block of blocks) {
      await append(block.pixels);
      if (block.kept) kept.push(...block.kept);
      count += block.count;
      shape = block.shape;
    }
    const { name, classNames, allowsFlip } = source;
    const labels = source.labels && ('images' in source ? source.labels : labelsOfKept(source.labels, kept));
    if (labels) await append(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
    const sha256 = hash.digest('hex');
    const content: Table = {
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
    const header = Buffer.alloc(HEADER);
    header.write(MAGIC, 'latin1');
    header.writeDoubleLE(at, 8);
    header.writeDoubleLE(table.length, 16);
    await file.write(header, 0, HEADER, 0);
    await file.sync();
    await file.close();
    await rename(partial, path);
    return { count, shape, sha256 };
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
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

/**
 * Opens a packed file. Its labels are read, its images when they are asked for, neighbours in one go; nothing is kept,
 * the system's file cache does that.
 *
 * @throws RangeError if it is not a packed file, or truncated
 */
export async function openPacked(path: string): Promise<PackedDataset> {
  const fail = (found: string): never => {
    throw new RangeError(`openPacked: ${path} must be a whole packed data set, got ${found}; pack it again`);
  };
  const { size: fileSize } = await stat(path);
  const file = openSync(path, 'r');
  const read = (start: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      // No system reads more than 2 GiB at once.
      const got = readSync(file, bytes, filled, Math.min(2 ** 30, length - filled), start + filled);
      if (got === 0) return fail(`an end at byte ${start + filled}`);
      filled += got;
    }
    return bytes;
  };
  try {
    const header = read(0, Math.min(HEADER, fileSize));
    if (latin1(header.subarray(0, 8)) !== MAGIC || header.length < HEADER) {
      return fail(`${fileSize} bytes that start with "${hex(header)}"`);
    }
    const view = new DataView(header.buffer);
    const [start, length] = [view.getFloat64(8, true), view.getFloat64(16, true)];
    if (!(Number.isSafeInteger(start) && start >= HEADER && length >= 2 && start + length === fileSize)) {
      return fail(`${fileSize} bytes where it says ${start + length}`);
    }
    const table = parseTable(read(start, length)) ?? fail('a damaged table at its end');
    const { name, count, shape, classNames, allowsFlip, sha256 } = table;
    const size = shape[0] * shape[1] * shape[2];
    const labelBytes = table.labels ? 4 * count : 0;
    if (HEADER + count * size + labelBytes !== start)
      return fail(`${start} bytes for ${count} images of ${size}`);
    if (labelBytes > 0) checkBytes('openPacked', `the labels of ${path}`, labelBytes);
    const labels = table.labels ? new Int32Array(read(HEADER + count * size, labelBytes).buffer) : undefined;
    if (labels) checkLabels(`openPacked: ${path}`, labels, count, classNames?.length);
    return Object.freeze({
      path,
      name,
      count,
      imageShape: shape,
      ...(labels && { labels }),
      ...(classNames && { classNames }),
      allowsFlip,
      sha256,
      read(indices: Int32Array, out: Uint8Array): void {
        for (let i = 0; i < indices.length;) {
          const image = indices[i] as number;
          if (!(image >= 0 && image < count))
            throw new RangeError(`openPacked: an index must be in [0, ${count}), got ${image}`);
          let run = 1;
          while (i + run < indices.length && indices[i + run] === image + run && image + run < count) run++;
          const got = readSync(file, out, i * size, run * size, HEADER + image * size);
          if (got !== run * size) fail(`an end within image ${image}`);
          i += run;
        }
      },
      async verify() {
        const hash = createHash('sha256');
        for await (const chunk of createReadStream(path, {
          start: HEADER,
          end: start - 1,
          highWaterMark: 1 << 20,
        })) {
          hash.update(chunk as Buffer);
        }
        const found = hash.digest('hex');
        if (found !== sha256) fail(`the SHA-256 ${found} where its table says ${sha256}`);
      },
      load: () => {
        checkBytes('openPacked', `the images of ${path}`, count * size);
        return createDataset({
          name,
          images: ndarray(read(HEADER, count * size), [count, ...shape]),
          ...(labels && { labels }),
          ...(classNames && { classNames }),
          allowsFlip,
        });
      },
      close: () => closeSync(file),
    });
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function parseTable(bytes: Uint8Array): Table | undefined {
  try {
    const table = JSON.parse(new TextDecoder().decode(bytes)) as Table;
    const sizes = [table.count, ...table.shape];
    const whole = sizes.length === 4 && sizes.every((size) => Number.isSafeInteger(size) && size >= 1);
    const typed =
      typeof table.name === 'string' &&
      typeof table.sha256 === 'string' &&
      typeof table.allowsFlip === 'boolean';
    return whole && typed && typeof table.labels === 'boolean' ? table : undefined;
  } catch {
    return undefined;
  }
}
