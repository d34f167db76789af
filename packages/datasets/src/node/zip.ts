import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import * as zlib from 'node:zlib';
import { type Entry, fromFd, type ZipFile } from 'yauzl';

/** A zip archive, read entry by entry. */
export interface ZipArchive {
  /** Names of the files, in the archive's order; folders are left out. */
  readonly names: readonly string[];
  /** @throws RangeError if there is no such file, or its content is damaged or too large */
  read(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

const inflate = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(inflateRaw);
// Node 20.15 and newer.
const crc32 = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;

/**
 * Opens a zip archive: its table of contents is read, the files' bytes when they are asked for. Zip64 too; stored and
 * deflated files.
 *
 * @param maximumBytes - the most that one file may hold unpacked; @defaultValue 1 GiB
 * @throws RangeError if the archive is damaged, a name leaves the archive (`../`, absolute), appears twice, or a file
 *   is too large, encrypted or packed by another method
 */
export async function openZip(path: string, maximumBytes: number = 2 ** 30): Promise<ZipArchive> {
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`openZip: ${path} must ${expected}, got ${found}`);
  };
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const entries = new Map<string, Entry>();
  try {
    await readEntries(file, (entry) => {
      const name = entry.fileName;
      if (name.endsWith('/')) return;
      if (entries.has(name)) fail('hold each name once', `${JSON.stringify(name)} twice`);
      if (entry.uncompressedSize > maximumBytes) {
        fail(`hold files of at most ${maximumBytes} bytes`, `${name} of ${entry.uncompressedSize}`);
      }
      if ((entry.generalPurposeBitFlag & 1) !== 0)
        fail('be without a password', `${name}, which is encrypted`);
      if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
        fail('hold stored or deflated files', `${name}, packed by method ${entry.compressionMethod}`);
      }
      entries.set(name, entry);
    });
  } catch (error) {
    await file.close();
    if (error instanceof RangeError && error.message.startsWith('openZip')) throw error;
    return fail('be a whole zip archive with names inside it', (error as Error).message);
  }
  return {
    names: [...entries.keys()],
    close: () => file.close(),
    async read(name) {
      const entry = entries.get(name) ?? fail(`hold ${JSON.stringify(name)}`, `${entries.size} other files`);
      const start = await dataStart(file, entry);
      if (start === undefined || start + entry.compressedSize > size) {
        return fail('be whole', `an end within ${name}`);
      }
      const packed = new Uint8Array(entry.compressedSize);
      const { bytesRead } = await file.read(packed, 0, packed.length, start);
      if (bytesRead !== packed.length)
        return fail('be whole', `${bytesRead} of ${packed.length} bytes of ${name}`);
      const bytes =
        entry.compressionMethod === 0 ? packed : await unpack(packed, entry).catch(() => undefined);
      if (bytes === undefined || bytes.length !== entry.uncompressedSize) {
        return fail(
          `hold ${entry.uncompressedSize} bytes of ${name}`,
          'content that unpacks to something else',
        );
      }
      if (crc32 && crc32(bytes) !== entry.crc32) return fail(`hold ${name} unchanged`, 'a wrong CRC-32');
      return bytes;
    },
  };
}

async function unpack(packed: Uint8Array, entry: Entry): Promise<Uint8Array> {
  // One byte more than is said, so that an archive that says too little is noticed, and no bomb goes off.
  const bytes = await inflate(packed, { maxOutputLength: entry.uncompressedSize + 1 });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Local headers repeat the name and have extra fields of their own length. */
async function dataStart(file: FileHandle, entry: Entry): Promise<number | undefined> {
  const at = entry.relativeOffsetOfLocalHeader;
  const header = Buffer.alloc(30);
  const { bytesRead } = await file.read(header, 0, 30, at);
  if (bytesRead < 30 || header.readUInt32LE(0) !== 0x04034b50) return undefined;
  return at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function readEntries(file: FileHandle, use: (entry: Entry) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    fromFd(
      file.fd,
      { lazyEntries: true, autoClose: false, strictFileNames: true },
      (error, zip?: ZipFile) => {
        if (error || !zip) return reject(error ?? new Error('no archive'));
        zip.on('error', reject);
        zip.on('end', () => resolve());
        zip.on('entry', (entry: Entry) => {
          try {
            use(entry);
            zip.readEntry();
          } catch (problem) {
            reject(problem as Error);
          }
        });
        zip.readEntry();
      },
    );
  });
}
