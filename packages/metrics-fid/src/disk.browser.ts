/** A browser reads no files by their paths. */
export async function readFromDisk(url: URL): Promise<Uint8Array> {
  throw new Error(
    `fashionFeatures: weights must be at an http(s) URL in a browser, got ${url.href}; give their bytes`,
  );
}
