import { gunzip, isGzip } from '@immiscible/formats';

/** A file that is known in advance. Its content is what counts: it may be gzipped in any way, or not at all. */
export interface KnownFile {
  /** Without `.gz`. */
  readonly name: string;
  /** Size of the content. */
  readonly bytes: number;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * The content of a known file, checked by size and SHA-256.
 *
 * @param bytes - the file as stored, gzipped or not; borrowed
 * @param advice - what the reader of an error message should do
 * @throws RangeError naming the file, with expected and found size or checksum
 */
export async function verifiedContent(
  fn: string,
  bytes: Uint8Array,
  file: KnownFile,
  advice: string,
): Promise<Uint8Array> {
  const unlike = (found: string, cause?: unknown): never => {
    throw new RangeError(
      `${fn}: ${file.name} must hold ${file.bytes} bytes, got ${found}, from a file of ${bytes.length} bytes; ${advice}`,
      { cause },
    );
  };
  // No more is unpacked than there should be.
  const content = isGzip(bytes)
    ? await gunzip(bytes, { name: file.name, maximumBytes: file.bytes }).catch((error: Error) =>
        unlike(`other content (${error.message})`, error),
      )
    : bytes;
  if (content.length !== file.bytes) unlike(String(content.length));
  const found = await sha256(fn, content);
  if (found !== file.sha256) {
    throw new RangeError(`${fn}: ${file.name} must have the SHA-256 ${file.sha256}, got ${found}; ${advice}`);
  }
  return content;
}

async function sha256(fn: string, bytes: Uint8Array): Promise<string> {
  // Absent on pages that were not loaded over https or from localhost.
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new Error(`${fn}: no crypto.subtle here to check files with; serve the page over https`);
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
