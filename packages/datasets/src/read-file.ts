import { readFromDisk } from '#disk';

/**
 * The bytes of a file on disk (`file:` URLs, in Node) or on the web.
 *
 * @throws Error naming the URL if it can't be read
 */
export async function readFile(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') return readFromDisk(url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`readFile: ${url.href} answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
