import { readFile } from 'node:fs/promises';

/** The bytes of a `file:` URL. In browsers, where there are none, `disk.browser.ts` stands in for this file. */
export async function readFromDisk(url: URL): Promise<Uint8Array> {
  return readFile(url);
}
