import { folderUrl } from '#disk';
import { readFile } from './read-file.js';
import { type KnownFile, verifiedContent } from './verified-file.js';

/** The two files of a split in MNIST's format. */
export interface IdxPair {
  readonly images: KnownFile;
  readonly labels: KnownFile;
}

/** Contents of a split's two IDX files, gzipped or not, checked by size and SHA-256. */
export async function readIdxSplit(
  fn: string,
  files: Readonly<Record<'train' | 'test', IdxPair>>,
  directory: string | URL,
  split: 'train' | 'test',
  source: string,
): Promise<{ images: Uint8Array; labels: Uint8Array }> {
  const chosen = Object.hasOwn(files, split) ? files[split] : undefined;
  if (chosen === undefined) {
    throw new RangeError(`${fn}: split must be "train" or "test", got "${split}"`);
  }
  const folder = folderUrl(directory);
  const read = async (file: KnownFile): Promise<Uint8Array> =>
    verifiedContent(fn, await readEither(fn, folder, file, source), file, 'fetch the file again');
  return { images: await read(chosen.images), labels: await read(chosen.labels) };
}

async function readEither(fn: string, folder: URL, { name }: KnownFile, source: string): Promise<Uint8Array> {
  try {
    return await readFile(new URL(`${name}.gz`, folder));
  } catch (cause) {
    try {
      return await readFile(new URL(name, folder));
    } catch {
      throw new Error(
        `${fn}: directory must hold ${name}.gz or ${name}, got ${folder.href}, where neither can be read; ` +
          `the files are at ${source}`,
        { cause },
      );
    }
  }
}
