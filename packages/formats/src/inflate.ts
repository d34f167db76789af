import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { quote } from './text.js';

/**
 * Whether the bytes start with gzip's magic number (RFC 1952, 2.3.1).
 *
 * @param bytes - a file, or its beginning
 */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip piece by piece, by the platform's own `DecompressionStream`, which Node and browsers share; it checks
 * length and CRC-32 at the end. No more is unpacked than is asked for, whatever the file promises.
 *
 * @param fail - turns what the platform says about damage into an error
 */
export async function* gunzipChunks(
  chunks: AsyncIterable<Uint8Array>,
  fail: (problem: string) => never,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let failure: { readonly error: unknown } | undefined;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failure = { error };
        controller.error(error);
      }
    },
    cancel: () => void iterator.return?.(),
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const next = await reader.read().catch((error: unknown) => {
        // The source's own error, not what the platform makes of it.
        if (failure) throw failure.error;
        return fail(error instanceof Error ? error.message : String(error));
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Options of {@link gunzip}. */
export interface GunzipOptions {
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
  /**
   * The most bytes that may come out.
   * @defaultValue what `IMMISCIBLE_MAX_BYTES` says, or 4 GiB
   */
  readonly maximumBytes?: number;
}

const OPTIONS = { name: true, maximumBytes: true } satisfies OptionKeys<GunzipOptions>;

/**
 * Unpacks a gzip file in memory.
 *
 * @param bytes - the whole file; borrowed
 * @param options - what to call the file, and how large it may be
 * @throws RangeError if it is damaged or cut off (saying how much could be unpacked), or holds more than it may
 */
export async function gunzip(
  bytes: Uint8Array,
  options: GunzipOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('gunzip', options, OPTIONS);
  const { name = 'bytes', maximumBytes } = options;
  const parts: Uint8Array[] = [];
  let size = 0;
  const unpacked = gunzipChunks(pieces(bytes), (problem) => {
    throw new RangeError(
      `gunzip: ${name} must be a whole gzip file, got ${bytes.length} bytes of which ${size} could be unpacked ` +
        `(${quote(problem)}); fetch the file again`,
    );
  });
  for await (const part of unpacked) {
    size += part.length;
    if (maximumBytes === undefined) checkBytes('gunzip', name, size);
    else if (size > maximumBytes) {
      throw new RangeError(`gunzip: ${name} must unpack to at most ${maximumBytes} bytes, got more`);
    }
    parts.push(part);
  }
  return joined(parts, size);
}

/** A view of the bytes, piece by piece. */
export async function* pieces(bytes: Uint8Array, size: number = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The parts in one array. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Deflated bytes without a frame, as they lie in a zip, unpacked and checked by the platform: framed as the gzip file
 * that they would be. (`deflate-raw` came to Node only with 20.12, and checks nothing.)
 */
export function inflateChunks(
  chunks: AsyncIterable<Uint8Array>,
  expected: { readonly crc: number; readonly size: number },
  fail: (problem: string) => never,
): AsyncGenerator<Uint8Array> {
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, expected.crc, true);
  trailer.setUint32(4, expected.size % 2 ** 32, true);
  async function* framed(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
    yield* chunks;
    yield new Uint8Array(trailer.buffer);
  }
  return gunzipChunks(framed(), fail);
}
