import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { namesText } from './archive-names.js';
import { type ByteSource, checkWithin, owning, readBytes } from './byte-source.js';
import { crc32 } from './crc32.js';
import { inflatedReader } from './inflated-reader.js';
import { quote } from './text.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

/** A zip archive, read file by file. */
export interface ZipArchive {
  /** Names of the files, in the archive's order, `/` between parts; folders are left out. */
  readonly names: readonly string[];
  /** Size of a file, unpacked; undefined if there is none of that name. */
  size(name: string): number | undefined;
  /** @throws RangeError if there is no such file, or it is damaged, too large, encrypted, or packed by an unknown method */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * A file as a source of its own, of which no more is unpacked than is asked for. Stored files are read at any place;
   * deflated ones forward, and from the beginning again after a step back. A CRC-32 is checked when the last byte of a
   * file that was read in order arrives.
   */
  open(name: string): ByteSource;
  /** Closes its source. */
  close(): Promise<void>;
}

/** Options of {@link openZip}. */
export interface OpenZipOptions {
  /**
   * The most bytes that {@link ZipArchive.read} may unpack.
   * @defaultValue what `IMMISCIBLE_MAX_BYTES` says, or 4 GiB
   */
  readonly maximumBytes?: number;
}

const OPTIONS = { maximumBytes: true } satisfies OptionKeys<OpenZipOptions>;
const fn = 'openZip';

/**
 * Opens a zip archive: its table of contents is read, the files' bytes when they are asked for. Zip64 too; stored and
 * deflated files.
 *
 * @param source - closed with the archive, or if it is refused
 * @param options - how large a file of it may be
 * @throws RangeError if the archive is damaged, a name leaves it (`../`, absolute) or appears twice, or files overlap
 */
export async function openZip(source: ByteSource, options: OpenZipOptions = {}): Promise<ZipArchive> {
  checkOptions(fn, options, OPTIONS);
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${source.name} must ${expected}, got ${found}`);
  };
  const entries = await owning(source, () => readZipDirectory(fn, source, fail));
  const names = [...entries.keys()];
  const find = (name: string): ZipEntry => entries.get(name) ?? fail(`hold ${quote(name)}`, namesText(names));
  return {
    names,
    size: (name) => entries.get(name)?.size,
    open: (name) => openEntry(source, find(name)),
    async read(name) {
      const entry = find(name);
      checkBytes(fn, `${name} of ${source.name}`, entry.size, options.maximumBytes);
      const file = openEntry(source, entry);
      try {
        const bytes = new Uint8Array(entry.size);
        await file.readInto(bytes, 0);
        return bytes;
      } finally {
        await file.close();
      }
    },
    close: () => source.close(),
  };
}

function openEntry(source: ByteSource, entry: ZipEntry): ByteSource {
  const { size, packedSize, method, encrypted, crc } = entry;
  const name = `${source.name}: ${entry.name}`;
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${name} must ${expected}, got ${found}`);
  };
  if (encrypted) fail('be without a password', 'an encrypted file');
  if (method !== 0 && method !== 8) fail('be stored or deflated', `method ${method}`);
  const isStored = method === 0;
  // Deflate never makes more than 1,032 bytes of one (RFC 1951: 258 bytes from two codes of one bit each).
  if (isStored ? size !== packedSize : size > 1032 * packedSize) {
    fail('hold what its size says', `${size} bytes out of ${packedSize}`);
  }
  const wrongCrc = () => fail('be unchanged', 'a wrong CRC-32');
  const readAt = isStored
    ? storedReader(source, () => dataStart(source, entry, fail), { size, crc }, wrongCrc)
    : inflatedReader(source, () => dataStart(source, entry, fail), { packedSize, size, crc }, fail);
  return {
    name,
    size,
    async readInto(target, start) {
      checkWithin(name, size, start, target.length);
      await readAt.readInto(target, start);
    },
    close: () => readAt.close(),
  };
}

function storedReader(
  source: ByteSource,
  findStart: () => Promise<number>,
  { size, crc }: { readonly size: number; readonly crc: number },
  wrongCrc: () => never,
): Pick<ByteSource, 'readInto' | 'close'> {
  let start: Promise<number> | undefined;
  let summed = 0;
  let sum = 0;
  return {
    async readInto(target, at) {
      await source.readInto(target, (await (start ??= findStart())) + at);
      if (at === 0) [summed, sum] = [0, 0];
      if (at !== summed) return;
      sum = crc32(target, sum);
      summed += target.length;
      if (summed === size && sum !== crc) wrongCrc();
    },
    close: async () => {},
  };
}

/** Local headers repeat the name and have extra fields of their own length. */
async function dataStart(
  source: ByteSource,
  { start, packedSize, rawName }: ZipEntry,
  fail: (expected: string, found: string) => never,
): Promise<number> {
  const damaged = 'a damaged local header';
  if (start + 30 + rawName.length > source.size) return fail('be whole', damaged);
  const header = await readBytes(fn, source, start, 30 + rawName.length);
  const view = new DataView(header.buffer);
  const isSame =
    view.getUint16(26, true) === rawName.length && rawName.every((byte, i) => header[30 + i] === byte);
  if (view.getUint32(0, true) !== 0x04034b50 || !isSame) return fail('be whole', damaged);
  const begin = start + 30 + rawName.length + view.getUint16(28, true);
  return begin + packedSize <= source.size ? begin : fail('be whole', 'an end within it');
}
