import { ArgumentError, checkOptions, describe, nearestName, type OptionKeys } from '@immiscible/core';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { download, DOWNLOAD_OPTIONS, type DownloadOptions } from './download.js';
import { KNOWN_DOWNLOADS, type KnownDownload, type KnownDownloadFile } from './known-downloads.js';

/** Options of {@link fetchDataset}. */
export interface FetchDatasetOptions extends DownloadOptions {
  /** The folder to put the files into. */
  readonly directory: string;
  /** Get the files from this address and their names instead; checksums are the same. */
  readonly mirror?: string;
  /** Told of each file, before it is looked for. */
  readonly onFile?: (file: KnownDownloadFile, path: string) => void;
}

const KEYS = {
  ...DOWNLOAD_OPTIONS,
  directory: true,
  mirror: true,
  onFile: true,
} satisfies OptionKeys<FetchDatasetOptions>;

/**
 * Gets a data set's files from its publisher, each checked and resumable. Files that are there already are checked only.
 *
 * @param name - one of {@link KNOWN_DOWNLOADS}
 * @param options - where to put the files, and from where else to get them
 * @returns the files' paths
 * @throws RangeError if the name is unknown or a checksum is wrong
 * @throws Error if a file can't be had; the message says which files to put where by hand
 */
export async function fetchDataset(name: string, options: FetchDatasetOptions): Promise<string[]> {
  checkOptions('fetchDataset', options, KEYS);
  const known = knownDownload(name);
  const { directory, mirror, onFile, ...rest } = options;
  const paths: string[] = [];
  for (const file of known.files) {
    const path = join(directory, file.name);
    onFile?.(file, path);
    const url = mirror === undefined ? file.url : `${mirror.replace(/\/$/, '')}/${file.name}`;
    // By hand and not there: no page is saved in its place.
    const byHand = known.byHand !== undefined && mirror === undefined;
    if (byHand && !existsSync(path)) throw new Error(`datasets: ${byHandHint(name, directory)}`);
    await download({ ...file, url }, path, { fn: 'datasets', ...rest }).catch((cause: unknown) => {
      if (cause instanceof RangeError) throw cause;
      throw new Error(`${(cause as Error).message}\n${byHandHint(name, directory)}`, { cause });
    });
    paths.push(path);
  }
  return paths;
}

/** @throws RangeError naming those that there are */
export function knownDownload(name: string): KnownDownload {
  const known = Object.hasOwn(KNOWN_DOWNLOADS, name) ? KNOWN_DOWNLOADS[name] : undefined;
  if (known) return known;
  const near = nearestName(name, Object.keys(KNOWN_DOWNLOADS));
  throw new ArgumentError({
    fn: 'knownDownload',
    argument: 'name',
    constraint: `of ${Object.keys(KNOWN_DOWNLOADS).join(', ')}`,
    got: describe(name),
    fix: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** How to get a data set without this program: names, sizes, checksums, and where to put them. */
export function byHandHint(name: string, directory: string): string {
  const { byHand, files, page } = knownDownload(name);
  const lines = files.map(({ name: file, bytes, sha256, md5, url }) => {
    const size = bytes === undefined ? '' : `${bytes.toLocaleString('en')} bytes, `;
    const from = byHand === undefined ? `\n    ${url}` : '';
    return `  ${join(directory, file)}  ${size}${sha256 === undefined ? `MD5 ${md5}` : `SHA-256 ${sha256}`}${from}`;
  });
  const what = byHand ?? 'Without a network here, get these files elsewhere.';
  return `${what}\nPut them here, and run this again to check them (page: ${page}):\n${lines.join('\n')}`;
}
