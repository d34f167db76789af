import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl, { type Entry, type ZipFile } from 'yauzl';

function open(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // `lazyEntries`: one entry at a time; names that lead out of the folder are refused by yauzl itself.
    yauzl.open(path, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

/** @returns SHA-256 of what came out, in hexadecimal */
async function extract(zip: ZipFile, entry: Entry, folder: string): Promise<string> {
  const target = join(folder, entry.fileName);
  await mkdir(dirname(target), { recursive: true });
  const source = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
  // A wheel's tools (ptxas) are marked executable in the upper half of the attributes, as Unix modes.
  const executable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
  const hash = createHash('sha256');
  source.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(source, createWriteStream(target, { mode: executable ? 0o755 : 0o644 }));
  return hash.digest('hex');
}

/**
 * Unpacks the files of a zip (a wheel is one) that `isWanted` picks.
 *
 * @param onFile - called after each file with its name, its size, and the SHA-256 of its content
 */
export async function unpackZip(
  path: string,
  folder: string,
  isWanted: (name: string) => boolean,
  onFile: (name: string, bytes: number, sha256: string) => void = () => {},
): Promise<void> {
  const zip = await open(path);
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on('error', reject);
      zip.on('end', resolve);
      zip.on('entry', (entry: Entry) => {
        if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) return zip.readEntry();
        extract(zip, entry, folder)
          .then((sha256) => {
            onFile(entry.fileName, entry.uncompressedSize, sha256);
            zip.readEntry();
          })
          .catch(reject);
      });
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}
