/** A browser reads no files by their paths. */
export async function readFromDisk(url: URL): Promise<Uint8Array> {
  throw new Error(`readFile: url must be of http or https in a browser, got ${url.href}`);
}

/** A folder as a URL that file names can be resolved against; a path is one on this page's own site. */
export function folderUrl(folder: string | URL): URL {
  const { href } = new URL(folder, (globalThis as { location?: { href: string } }).location?.href);
  return new URL(href.endsWith('/') ? href : `${href}/`);
}
