/**
 * The bytes of a file on disk (`file:` URLs, in Node) or on the web.
 *
 * @throws Error naming the URL if it can't be read
 */
export async function readFile(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    // Imported only here, so that browsers, where the URL is http(s), never ask for it.
    const fs = await import('node:fs/promises');
    return fs.readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`readFile: ${url.href} answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A folder as a URL that file names can be resolved against: a path of this machine, or a URL as it is. */
export async function folderUrl(folder: string | URL): Promise<URL> {
  if (folder instanceof URL) return new URL(folder.href.endsWith('/') ? folder.href : `${folder.href}/`);
  const { pathToFileURL } = await import('node:url');
  return new URL(`${pathToFileURL(folder).href.replace(/\/$/, '')}/`);
}
