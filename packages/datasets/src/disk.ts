import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** The bytes of a `file:` URL. In browsers, where there are none, `disk.browser.ts` stands in for this file. */
export async function readFromDisk(url: URL): Promise<Uint8Array> {
  return readFile(url);
}

/** A folder as a URL that file names can be resolved against: a path of this machine, or a URL as it is. */
export function folderUrl(folder: string | URL): URL {
  const href = folder instanceof URL ? folder.href : pathToFileURL(folder).href;
  return new URL(href.endsWith('/') ? href : `${href}/`);
}
