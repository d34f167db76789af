import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A file on the web whose content is known in advance. */
export interface RemoteFile {
  readonly url: string;
  /** Size. */
  readonly bytes?: number;
  /** Lower-case hexadecimal. The stronger of what the publisher gives. */
  readonly sha256?: string;
  readonly md5?: string;
  /** SHA-1 of git's blob: `blob`, a space, the size and a zero byte before the content. */
  readonly gitBlob?: string;
}

/** Options of {@link download}. */
export interface DownloadOptions {
  /** What error messages begin with. */
  readonly fn?: string;
  /**
   * How often to go on after a cut connection.
   * @defaultValue 5
   */
  readonly retries?: number;
  /**
   * Milliseconds before the first of them; each next one waits twice as long.
   * @defaultValue 1000
   */
  readonly delay?: number;
  /**
   * Milliseconds without a byte after which a connection counts as cut.
   * @defaultValue 60000
   */
  readonly stall?: number;
  /** Sent with each request, but not to where another origin redirects. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told how many bytes are there. The total is what the server says, if no size was given. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** A failure that trying again can't mend. */
class Final extends Error {}

/** No connection was made. At the first try that means no network: it is said at once. */
class Unreachable extends Error {}

/**
 * Gets a file and checks it. What a cut leaves is kept as `PATH.part`, and the next try or the next call goes on from
 * there, where the server can do that (HTTP ranges). Nothing is at `path` until its checksum is right.
 *
 * @returns whether it was downloaded, or was there already (then its checksum is checked, and nothing is asked of the web)
 * @throws RangeError if what is there or what comes has another size or checksum; what came is removed
 * @throws Error naming the URL if it can't be reached or answers with an error
 */
export async function download(
  file: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<'downloaded' | 'there'> {
  const { fn = 'download', retries = 5, delay = 1000, stall = 60_000, headers = {}, onProgress } = options;
  if (existsSync(path)) {
    const problem = await mismatch(file, path);
    if (problem === undefined) return 'there';
    throw new RangeError(`${fn}: ${path} must have ${problem}; remove it, and run this again`);
  }
  const partial = `${path}.part`;
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw new Error(`${fn}: ${dirname(path)} must be a folder, got something else or no access`, { cause });
  });
  for (let attempt = 0; ; attempt++) {
    try {
      await receive(fn, file, partial, stall, headers, onProgress);
      break;
    } catch (error) {
      const last = error instanceof Final || error instanceof RangeError || attempt === retries;
      if (last || (error instanceof Unreachable && attempt === 0)) throw error;
      await sleep(delay * 2 ** attempt);
    }
  }
  const problem = await mismatch(file, partial);
  if (problem !== undefined) {
    await rm(partial, { force: true });
    throw new RangeError(`${fn}: ${file.url} must have ${problem}; what came is removed`);
  }
  await rename(partial, path);
  return 'downloaded';
}

/** Appends to `partial` what is missing there. */
async function receive(
  fn: string,
  { url, bytes }: RemoteFile,
  partial: string,
  stall: number,
  headers: Readonly<Record<string, string>>,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  let have = await stat(partial).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes !== undefined && have > bytes) have = 0;
  if (bytes !== undefined && have === bytes) return;
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), stall);
  try {
    const response = await fetch(url, {
      signal: stalled.signal,
      // Archives as they are: an encoding would be undone on the way, and the bytes be others.
      headers: { ...headers, 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
    }).catch((cause: unknown) => {
      throw new Unreachable(`${fn}: ${url} can't be reached`, { cause });
    });
    const from = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0);
    if (response.status === 416) {
      // Nothing after what is there: whole already, or another file's. The checksum tells.
      await response.body?.cancel();
      return;
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const message = `${fn}: ${url} answered ${response.status} ${response.statusText}`.trim();
      throw response.status >= 500 || response.status === 429 ? new Error(message) : new Final(message);
    }
    // Without ranges the answer is 200 and the whole file.
    if (response.status !== 206 || from !== have) have = 0;
    if (response.status === 206 && from !== have) {
      await response.body.cancel();
      await rm(partial, { force: true });
      throw new Error(`${fn}: ${url} must answer with the range that was asked for, got one from ${from}`);
    }
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = bytes ?? (Number.isFinite(length) ? have + length : undefined);
    if (bytes !== undefined && Number.isFinite(length) && have + length !== bytes) {
      await response.body.cancel();
      throw new RangeError(`${fn}: ${url} must have ${bytes} bytes, got ${have + length}`);
    }
    const file = await open(partial, have > 0 ? 'r+' : 'w');
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stall);
        const piece = chunk as Uint8Array;
        if (total !== undefined && have + piece.length > total) {
          throw new RangeError(`${fn}: ${url} must have ${total} bytes, got more`);
        }
        await file.write(piece, 0, piece.length, have);
        have += piece.length;
        onProgress?.(have, total);
      }
    } catch (cause) {
      if (cause instanceof RangeError || (cause as { code?: string }).code === 'ENOSPC') throw cause;
      throw new Error(
        `${fn}: ${url} broke off after ${have}${total === undefined ? '' : ` of ${total}`} bytes; run this again to go on from there`,
        { cause },
      );
    } finally {
      await file.close();
    }
    if (total !== undefined && have < total) {
      throw new Error(
        `${fn}: ${url} broke off after ${have} of ${total} bytes; run this again to go on from there`,
      );
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with a file, or undefined. */
async function mismatch(
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
