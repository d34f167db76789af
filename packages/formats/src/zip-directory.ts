import { checkBytes } from '@immiscible/core';
import { archivePath } from './archive-names.js';
import { type ByteSource, readBytes } from './byte-source.js';
import { latin1, quote } from './text.js';

/** One file of a zip archive. */
export interface ZipEntry {
  /** Path inside the archive, `/` between parts. */
  readonly name: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  readonly packedSize: number;
  /** 0 stored, 8 deflated; others can't be read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Where its local header begins. */
  readonly start: number;
  /** As written. */
  readonly rawName: Uint8Array;
}

type Fail = (expected: string, found: string) => never;

const LARGE = 0xffffffff;

/**
 * The central directory of a zip archive, zip64 too.
 *
 * @returns the files by name, in the directory's order; folders are left out
 * @throws by `fail`, if it is damaged, a name leaves the archive or appears twice, or files overlap
 */
export async function readZipDirectory(
  fn: string,
  source: ByteSource,
  fail: Fail,
): Promise<Map<string, ZipEntry>> {
  const { start, size, count } = await findDirectory(fn, source, fail);
  if (46 * count > size || start + size > source.size)
    return fail('be a whole zip archive', 'a damaged directory');
  checkBytes(fn, `the directory of ${source.name}`, size);
  const bytes = await readBytes(fn, source, start, size);
  const entries = new Map<string, ZipEntry>();
  for (let at = 0, i = 0; i < count; i++) {
    const [entry, end] = readEntry(bytes, at, fail);
    at = end;
    if (entry === undefined) continue;
    if (entries.has(entry.name)) fail('hold each name once', `${quote(entry.name)} twice`);
    entries.set(entry.name, entry);
  }
  checkSpans(entries, start, fail);
  return entries;
}

async function findDirectory(
  fn: string,
  source: ByteSource,
  fail: Fail,
): Promise<{ start: number; size: number; count: number }> {
  // The end record is 22 bytes and a comment of at most 65,535; before it may be zip64's locator of 20 bytes.
  const length = Math.min(source.size, 22 + 0xffff + 20);
  const tail = await readBytes(fn, source, source.size - length, length);
  const view = new DataView(tail.buffer);
  let at = length - 22;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === length)
  )
    at--;
  if (at < 0)
    return fail('be a whole zip archive', `${source.size} bytes without an end record (cut off, or no zip)`);
  const [disk, count, size, start] = [
    view.getUint16(at + 4, true),
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ] as const;
  const has64 = at >= 20 && view.getUint32(at - 20, true) === 0x07064b50;
  if (!has64) return disk === 0 ? { start, size, count } : fail('be one file', 'a part of several');
  const record = new DataView((await readRecord(fn, source, view.getBigUint64(at - 12, true), fail)).buffer);
  return {
    count: safe(record.getBigUint64(32, true), fail),
    size: safe(record.getBigUint64(40, true), fail),
    start: safe(record.getBigUint64(48, true), fail),
  };
}

async function readRecord(
  fn: string,
  source: ByteSource,
  place: bigint,
  fail: Fail,
): Promise<Uint8Array<ArrayBuffer>> {
  const at = safe(place, fail);
  if (at + 56 > source.size) return fail('be a whole zip archive', 'a damaged zip64 end record');
  const record = await readBytes(fn, source, at, 56);
  if (latin1(record.subarray(0, 4)) !== 'PK\x06\x06')
    fail('be a whole zip archive', 'a damaged zip64 end record');
  return record;
}

/** The entry at a place of the directory (undefined for a folder), and where the next one begins. */
function readEntry(bytes: Uint8Array<ArrayBuffer>, at: number, fail: Fail): [ZipEntry | undefined, number] {
  const view = new DataView(bytes.buffer, at);
  if (view.byteLength < 46 || view.getUint32(0, true) !== 0x02014b50) {
    return fail('be a whole zip archive', 'a damaged directory');
  }
  const [nameLength, extraLength] = [view.getUint16(28, true), view.getUint16(30, true)];
  const end = 46 + nameLength + extraLength + view.getUint16(32, true);
  if (end > view.byteLength) return fail('be a whole zip archive', 'a damaged directory');
  const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
  const flags = view.getUint16(8, true);
  const text = decodeName(rawName, (flags & 0x800) !== 0);
  const name = archivePath(text) ?? fail('hold names inside it', quote(text));
  if (name.endsWith('/')) return [undefined, at + end];
  const sizes = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)] as [
    number,
    number,
    number,
  ];
  if (sizes.includes(LARGE))
    readZip64(new DataView(bytes.buffer, at + 46 + nameLength, extraLength), sizes, fail);
  const [size, packedSize, start] = sizes;
  const crc = view.getUint32(16, true);
  const encrypted = (flags & 1) !== 0;
  return [
    { name, size, packedSize, method: view.getUint16(10, true), encrypted, crc, start, rawName },
    at + end,
  ];
}

/** Replaces what doesn't fit 32 bits: size, packed size, place, in this order, as far as they are large. */
function readZip64(extra: DataView, sizes: [number, number, number], fail: Fail): void {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    sizes.forEach((size, i) => {
      if (size !== LARGE) return;
      if (field + 8 > extra.byteLength) fail('be a whole zip archive', 'a damaged zip64 field');
      sizes[i] = safe(extra.getBigUint64(field, true), fail);
      field += 8;
    });
    return;
  }
}

/** UTF-8 where it says so, and where it doesn't but is (as macOS writes); else one character a byte. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return isUtf8 ? new TextDecoder().decode(bytes) : latin1(bytes);
  }
}

/** Files that share bytes make a small archive unpack to any size: no tool writes them. */
function checkSpans(entries: ReadonlyMap<string, ZipEntry>, directory: number, fail: Fail): void {
  const spans = [...entries.values()].sort((a, b) => a.start - b.start);
  spans.forEach(({ name, start, rawName, packedSize }, i) => {
    const end = start + 30 + rawName.length + packedSize;
    const next = spans[i + 1];
    if (next && end > next.start) fail('hold files side by side', `${quote(name)} over ${quote(next.name)}`);
    if (end > directory) fail('be a whole zip archive', `an end within ${quote(name)}`);
  });
}

function safe(value: bigint, fail: Fail): number {
  return value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : fail('be a whole zip archive', `the size ${value}`);
}
