import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { archivePath } from './archive-names.js';
import { crc32 } from './crc32.js';
import { joined, pieces } from './inflate.js';

/** Options of {@link encodeZip} and {@link zipChunks}. */
export interface EncodeZipOptions {
  /**
   * Deflate the files.
   * @defaultValue false: stored as they are
   */
  readonly deflate?: boolean;
}

const OPTIONS = { deflate: true } satisfies OptionKeys<EncodeZipOptions>;
const LARGE = 0xffffffff;

/** What a zip is made of: contents by name. */
export type ZipContents = Iterable<readonly [name: string, bytes: Uint8Array]>;

/**
 * A zip archive of some files. Dated 1980-01-01, where zip's time begins, so that the same content gives the same bytes.
 *
 * @param files - contents by name, in this order; borrowed
 * @param options - whether to deflate
 * @throws RangeError if a name would leave the archive, or appears twice
 * @example
 * const bytes = await encodeZip([['hello.txt', new TextEncoder().encode('hello')]]);
 */
export async function encodeZip(
  files: ZipContents,
  options: EncodeZipOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of zipChunks(files, options)) parts.push(part);
  return joined(
    parts,
    parts.reduce((size, part) => size + part.length, 0),
  );
}

/**
 * As {@link encodeZip}, piece by piece, for archives of any size: zip64 where 32 bits don't do.
 *
 * @param files - contents by name, in this order; borrowed
 * @param options - whether to deflate
 */
export async function* zipChunks(
  files: ZipContents,
  options: EncodeZipOptions = {},
): AsyncGenerator<Uint8Array> {
  checkOptions('encodeZip', options, OPTIONS);
  const { deflate = false } = options;
  const names = new Set<string>();
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of files) {
    check(archivePath(name) === name, 'encodeZip', 'each name', 'a path inside the archive', name);
    check(!names.has(name), 'encodeZip', 'each name', 'given once', name);
    names.add(name);
    const packed = deflate ? await deflated(bytes) : bytes;
    const entry = {
      name,
      method: deflate ? 8 : 0,
      crc: crc32(bytes),
      size: bytes.length,
      packed: packed.length,
      at,
    };
    const header = localHeader(entry);
    directory.push(directoryEntry(entry));
    yield header;
    yield packed;
    at += header.length + packed.length;
  }
  yield* directory;
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  yield endRecord(directory.length, size, at);
}

interface Written {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly packed: number;
  readonly at: number;
}

/** Fields of 2, 4 or 8 bytes, little-endian, and then bytes. */
function fields(
  values: readonly (readonly [size: 2 | 4 | 8, value: number])[],
  ...rest: readonly Uint8Array[]
): Uint8Array {
  const head = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(head.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  const parts = [head, ...rest];
  return joined(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

/** Version needed, flags (UTF-8 names), method, time, date, CRC, sizes: the part that both headers share. */
function shared({ name, method, crc, size, packed }: Written, is64: boolean): (readonly [2 | 4, number])[] {
  return [
    [2, is64 ? 45 : 20],
    [2, /[^\x20-\x7e]/.test(name) ? 0x800 : 0],
    [2, method],
    [2, 0],
    [2, 33],
    [4, crc],
    [4, is64 ? LARGE : packed],
    [4, is64 ? LARGE : size],
  ];
}

function isLarge({ size, packed, at }: Written): boolean {
  return Math.max(size, packed, at) >= LARGE;
}

function localHeader(entry: Written): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const is64 = isLarge(entry);
  const extra = is64
    ? fields([
        [2, 1],
        [2, 16],
        [8, entry.size],
        [8, entry.packed],
      ])
    : new Uint8Array(0);
  return fields([[4, 0x04034b50], ...shared(entry, is64), [2, name.length], [2, extra.length]], name, extra);
}

function directoryEntry(entry: Written): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const is64 = isLarge(entry);
  const extra = is64
    ? fields([
        [2, 1],
        [2, 24],
        [8, entry.size],
        [8, entry.packed],
        [8, entry.at],
      ])
    : new Uint8Array(0);
  const place = is64 ? LARGE : entry.at;
  return fields(
    [
      ...([
        [4, 0x02014b50],
        [2, is64 ? 45 : 20],
      ] as const),
      ...shared(entry, is64),
      // Lengths of name, extra field and comment; disk; attributes of both kinds; place.
      ...([
        [2, name.length],
        [2, extra.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, place],
      ] as const),
    ],
    name,
    extra,
  );
}

function endRecord(count: number, size: number, start: number): Uint8Array {
  const is64 = count >= 0xffff || Math.max(size, start) >= LARGE;
  const large = is64
    ? fields([
        ...([
          [4, 0x06064b50],
          [8, 44],
          [2, 45],
          [2, 45],
          [4, 0],
          [4, 0],
          [8, count],
          [8, count],
        ] as const),
        ...([
          [8, size],
          [8, start],
          [4, 0x07064b50],
          [4, 0],
          [8, start + size],
          [4, 1],
        ] as const),
      ])
    : new Uint8Array(0);
  const few = Math.min(count, 0xffff);
  const [size32, start32] = is64 ? [LARGE, LARGE] : [size, start];
  const end = fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, few],
    [2, few],
    [4, size32],
    [4, start32],
    [2, 0],
  ]);
  return joined([large, end], large.length + end.length);
}

/** Deflated without a frame: what a gzip file holds between its header of 10 bytes and trailer of 8. */
async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks = pieces(bytes);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
  }).pipeThrough(new CompressionStream('gzip'));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  return whole.subarray(10, whole.length - 8);
}
