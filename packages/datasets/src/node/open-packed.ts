import { checkBytes, checkLabels } from '@immiscible/core';
import ndarray from 'ndarray';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createDataset, type Dataset, type ImageSource } from '../dataset.js';
import { decodePackedHeader, PACKED_HEADER, parsePackedTable } from './packed-format.js';

/** A packed file that is open. */
export interface PackedDataset extends ImageSource {
  /** Where the file is. */
  readonly path: string;
  /** SHA-256 of images and labels, as the file says. */
  readonly sha256: string;
  /** Reads all of it and compares; @throws RangeError if the content was changed */
  verify(): Promise<void>;
  /** All of it in memory. */
  load(): Dataset;
  /** Closes the file; nothing can be read after it. */
  close(): void;
}

/**
 * Opens a packed file. Its labels are read, its images when they are asked for, neighbors in one go; nothing is kept,
 * the system's file cache does that.
 *
 * @param path - the file; it stays open until `close`
 * @throws RangeError if it is not a packed file, or truncated
 */
export async function openPacked(path: string): Promise<PackedDataset> {
  const fail = (found: string): never => {
    throw new RangeError(
      `openPacked: ${path} must be a complete packed data set, got ${found}; pack it again`,
    );
  };
  const { size: fileSize } = await stat(path);
  const file = openSync(path, 'r');
  const read = (start: number, length: number): Uint8Array => readBytes(file, start, length, fail);
  try {
    const header = read(0, Math.min(PACKED_HEADER, fileSize));
    const { start, length } = decodePackedHeader(header, fileSize, fail);
    const table = parsePackedTable(read(start, length)) ?? fail('a damaged table at its end');
    const { name, count, shape, classNames, allowsFlip, sha256 } = table;
    const size = shape[0] * shape[1] * shape[2];
    const labelBytes = table.labels ? 4 * count : 0;
    if (PACKED_HEADER + count * size + labelBytes !== start)
      return fail(`${start} bytes for ${count} images of ${size}`);
    if (labelBytes > 0) checkBytes('openPacked', `the labels of ${path}`, labelBytes);
    const labels = table.labels
      ? new Int32Array(read(PACKED_HEADER + count * size, labelBytes).buffer)
      : undefined;
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
        for (const { row, image, length: run } of runsOf(indices, count)) {
          const got = readSync(file, out, row * size, run * size, PACKED_HEADER + image * size);
          if (got !== run * size) fail(`an end within image ${image}`);
        }
      },
      async verify() {
        const found = await sha256Of(path, PACKED_HEADER, start);
        if (found !== sha256) fail(`the SHA-256 ${found} where its table says ${sha256}`);
      },
      load: () => {
        checkBytes('openPacked', `the images of ${path}`, count * size);
        return createDataset({
          name,
          images: ndarray(read(PACKED_HEADER, count * size), [count, ...shape]),
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

function readBytes(file: number, start: number, length: number, fail: (found: string) => never): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    // No system reads more than 2 GiB at once.
    const got = readSync(file, bytes, filled, Math.min(2 ** 30, length - filled), start + filled);
    if (got === 0) return fail(`an end at byte ${start + filled}`);
    filled += got;
  }
  return bytes;
}

/** Indices that follow each other, to be read at once: from which row of the batch, from which image, how many. */
function* runsOf(
  indices: Int32Array,
  count: number,
): Generator<{ readonly row: number; readonly image: number; readonly length: number }> {
  for (let row = 0; row < indices.length;) {
    const image = indices[row] as number;
    if (!(image >= 0 && image < count))
      throw new RangeError(`openPacked: an index must be in [0, ${count}), got ${image}`);
    let length = 1;
    while (
      row + length < indices.length &&
      indices[row + length] === image + length &&
      image + length < count
    )
      length++;
    yield { row, image, length };
    row += length;
  }
}

async function sha256Of(path: string, start: number, end: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
