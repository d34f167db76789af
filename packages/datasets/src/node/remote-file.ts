import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** A file on the web whose content is known in advance. */
export interface RemoteFile {
  /** Its address, https. */
  readonly url: string;
  /** Size. */
  readonly bytes?: number;
  /** Lower-case hexadecimal. The stronger of what the publisher gives. */
  readonly sha256?: string;
  /** Lower-case hexadecimal, where there is nothing stronger. */
  readonly md5?: string;
  /** SHA-1 of git's blob: `blob`, a space, the size and a zero byte before the content. */
  readonly gitBlob?: string;
}

/** What is wrong with a file, or undefined. */
export async function mismatch(
  { bytes, sha256, md5, gitBlob }: RemoteFile,
  path: string,
): Promise<string | undefined> {
  const { size } = await stat(path);
  if (bytes !== undefined && size !== bytes) return `${bytes} bytes, got ${size}`;
  for (const [algorithm, name, expected] of [
    ['sha256', 'SHA-256', sha256],
    ['md5', 'MD5', md5],
    ['sha1', 'git hash', gitBlob],
  ] as const) {
    if (expected === undefined) continue;
    const hash = createHash(algorithm);
    if (algorithm === 'sha1') hash.update(`blob ${size}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const found = hash.digest('hex');
    return found === expected ? undefined : `the ${name} ${expected}, got ${found}`;
  }
  return undefined;
}
