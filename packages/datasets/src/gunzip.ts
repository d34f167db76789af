import { byteLimit } from '@immiscible/core';

/** What came out of a gzip file, and what was wrong with it, if anything. */
export interface Unzipped {
  readonly bytes: Uint8Array;
  /** Why the content is incomplete or can't be trusted; absent if the file was whole. */
  readonly problem?: string;
}

/** Whether the bytes start with gzip's magic number (RFC 1952, 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file by the platform's own `DecompressionStream`, which Node and browsers share. Never rejects
 * for damaged input: says how much could be read before the damage, because that belongs in an error message.
 *
 * @param limit - no more bytes than these are unpacked; @defaultValue what one input may take in memory
 */
export async function gunzip(bytes: Uint8Array, limit: number = byteLimit()): Promise<Unzipped> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array[] = [];
  let problem: string | undefined;
  const reader = stream.getReader();
  try {
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > limit) {
        problem = `more than ${limit} bytes; the environment variable IMMISCIBLE_MAX_BYTES says how many are allowed`;
        await reader.cancel();
        break;
      }
      chunks.push(next.value);
    }
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const whole = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let filled = 0;
  for (const chunk of chunks) {
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  return problem === undefined ? { bytes: whole } : { bytes: whole, problem };
}
