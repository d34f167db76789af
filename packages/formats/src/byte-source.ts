import { checkBytes } from '@immiscible/core';

/**
 * Bytes that are read where they are asked for: a file on disk (`openFile` of `@immiscible/formats/node`), a `Blob` of a
 * browser, bytes in memory, or one file of a zip archive. A reader that opens a source closes it when it is closed, and
 * when it refuses it.
 */
export interface ByteSource {
  /** For error messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Fills all of `target` with the bytes from `start` on.
   *
   * @throws RangeError if the source ends before, or is damaged there
   */
  readInto(target: Uint8Array, start: number): Promise<void>;
  /** Gives the file or memory free; nothing can be read after it. */
  close(): Promise<void>;
}

/**
 * Bytes in memory as a source.
 *
 * @param bytes - borrowed until the source is closed
 * @param name - what to call them in error messages
 */
export function bytesSource(bytes: Uint8Array, name: string = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.length,
    async readInto(target, start) {
      checkWithin(name, bytes.length, start, target.length);
      target.set(bytes.subarray(start, start + target.length));
    },
    close: async () => {},
  };
}

/**
 * A file that a visitor chose, or any other `Blob`, as a source: only what is asked for is read.
 *
 * @param blob - a file that a visitor chose, or any other `Blob`
 * @param name - @defaultValue the file's name, if it has one
 */
export function blobSource(
  blob: Blob,
  name: string = (blob as { name?: string }).name ?? 'blob',
): ByteSource {
  return {
    name,
    size: blob.size,
    async readInto(target, start) {
      checkWithin(name, blob.size, start, target.length);
      target.set(new Uint8Array(await blob.slice(start, start + target.length).arrayBuffer()));
    },
    close: async () => {},
  };
}

/** `length` bytes from `start` on, after the memory they take was checked. */
export async function readBytes(
  fn: string,
  source: ByteSource,
  start: number,
  length: number,
  limit?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  checkBytes(fn, source.name, length, limit);
  checkWithin(source.name, source.size, start, length);
  const bytes = new Uint8Array(length);
  await source.readInto(bytes, start);
  return bytes;
}

/** All of a source, piece by piece. */
export async function* chunksOf(
  source: ByteSource,
  pieceSize: number = 1 << 18,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; at += pieceSize) {
    const piece = new Uint8Array(Math.min(pieceSize, source.size - at));
    await source.readInto(piece, at);
    yield piece;
  }
}

/** @throws RangeError unless the source has that many bytes from `start` on */
export function checkWithin(name: string, size: number, start: number, length: number): void {
  if (start >= 0 && start + length <= size) return;
  throw new RangeError(`readInto: ${name} must hold ${start + length} bytes, got ${size}; it is truncated`);
}

/** Runs `body`; if it fails, closes the source that it was to own. */
export async function owning<T>(source: ByteSource, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    await source.close();
    throw error;
  }
}
