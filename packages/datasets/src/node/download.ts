import { checkOptions, type OptionKeys } from '@immiscible/core';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPartial } from './partial-file.js';
import { mismatch, type RemoteFile } from './remote-file.js';
import { checkSecure } from './secure-url.js';

/** Options of {@link download}. */
export interface DownloadOptions {
  /**
   * What error messages begin with.
   * @defaultValue `'download'`
   */
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

export const DOWNLOAD_OPTIONS: OptionKeys<DownloadOptions> = {
  fn: true,
  retries: true,
  delay: true,
  stall: true,
  headers: true,
  onProgress: true,
};

/** A failure that trying again can't mend. */
class PermanentFailure extends Error {}

/** No connection was made. At the first try that means no network: it is said at once. */
class Unreachable extends Error {}

/** Redirections that are followed. */
const MOST_REDIRECTS = 10;

/**
 * Gets a file over https and checks it. What a cut leaves is kept as `PATH.part`, and the next try or the next call goes on from
 * there, where the server can do that (HTTP ranges). Nothing is at `path` until its checksum is right; two downloads of
 * a file at once each get it.
 *
 * @param file - its address, and what is known of its content
 * @param path - where to put it; folders are made
 * @param options - retries, headers and progress
 * @returns whether it was downloaded, or was there already (then its checksum is checked, and nothing is asked of the web)
 * @throws RangeError if what is there or what comes has another size or checksum (what came is removed), or if the address is not
 *   https
 * @throws Error naming the URL if it can't be reached or answers with an error
 */
export async function download(
  file: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<'downloaded' | 'there'> {
  checkOptions('download', options, DOWNLOAD_OPTIONS);
  const { fn = 'download', retries = 5, delay = 1000 } = options;
  if (existsSync(path)) {
    const problem = await mismatch(file, path);
    if (problem === undefined) return 'there';
    throw new RangeError(`${fn}: ${path} must have ${problem}; remove it, and run this again`);
  }
  checkSecure(fn, file.url);
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw new Error(`${fn}: ${dirname(path)} must be a folder, got something else or no access`, { cause });
  });
  const partial = await openPartial(fn, path);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await receive(fn, file, partial.file, options);
        break;
      } catch (error) {
        const last = error instanceof PermanentFailure || error instanceof RangeError || attempt === retries;
        // Nothing came: there is nothing to go on from.
        if (last && (await partial.file.stat()).size === 0) await rm(partial.path, { force: true });
        if (last || (error instanceof Unreachable && attempt === 0)) throw error;
        await sleep(delay * 2 ** attempt);
      }
    }
    const problem = await mismatch(file, partial.path);
    if (problem !== undefined) {
      await rm(partial.path, { force: true });
      throw new RangeError(`${fn}: ${file.url} must have ${problem}; what came is removed`);
    }
    await partial.file.sync();
    await rename(partial.path, path);
    return 'downloaded';
  } finally {
    await partial.release();
  }
}

/** Adds to a file what is missing there. */
async function receive(
  fn: string,
  { url, bytes }: RemoteFile,
  file: FileHandle,
  { stall = 60_000, headers = {}, onProgress }: DownloadOptions,
): Promise<void> {
  let have = (await file.stat()).size;
  if (bytes !== undefined && have > bytes) have = 0;
  if (bytes !== undefined && have === bytes) return;
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), stall);
  try {
    const response = await followed(fn, url, {
      signal: stalled.signal,
      // Archives as they are: an encoding would be undone on the way, and the bytes be others.
      headers: { ...headers, 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
      own: Object.keys(headers),
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
      throw response.status >= 500 || response.status === 429
        ? new Error(message)
        : new PermanentFailure(message);
    }
    if (response.status === 206 && from !== have) {
      await response.body.cancel();
      await file.truncate(0);
      throw new Error(`${fn}: ${url} must answer with the range that was asked for, got one from ${from}`);
    }
    // Without ranges the answer is 200 and the whole file.
    if (response.status !== 206) have = 0;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = bytes ?? (Number.isFinite(length) ? have + length : undefined);
    if (bytes !== undefined && Number.isFinite(length) && have + length !== bytes) {
      await response.body.cancel();
      throw new RangeError(`${fn}: ${url} must have ${bytes} bytes, got ${have + length}`);
    }
    await file.truncate(have);
    await writeBody(fn, url, response.body, file, have, total, (done) => {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), stall);
      onProgress?.(done, total);
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Writes what comes behind the bytes that are there. */
async function writeBody(
  fn: string,
  url: string,
  body: ReadableStream<Uint8Array>,
  file: FileHandle,
  start: number,
  total: number | undefined,
  onPiece: (done: number) => void,
): Promise<void> {
  let have = start;
  const brokeOff = (cause?: unknown): Error =>
    new Error(
      `${fn}: ${url} broke off after ${have}${total === undefined ? '' : ` of ${total}`} bytes; run this again to go on from there`,
      { cause },
    );
  try {
    for await (const chunk of body) {
      const piece = chunk as Uint8Array;
      if (total !== undefined && have + piece.length > total) {
        throw new RangeError(`${fn}: ${url} must have ${total} bytes, got more`);
      }
      await file.write(piece, 0, piece.length, have);
      have += piece.length;
      onPiece(have);
    }
  } catch (cause) {
    if (cause instanceof RangeError || (cause as { code?: string }).code === 'ENOSPC') throw cause;
    throw brokeOff(cause);
  }
  if (total !== undefined && have < total) throw brokeOff();
}

/** The answer where redirections end, each of them secure too; the caller's own headers go to its own address only. */
async function followed(
  fn: string,
  first: string,
  { signal, headers, own }: { signal: AbortSignal; headers: Record<string, string>; own: readonly string[] },
): Promise<Response> {
  let url = first;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await fetch(url, { signal, headers, redirect: 'manual' }).catch((cause: unknown) => {
      throw new Unreachable(`${fn}: ${url} can't be reached`, { cause });
    });
    const location = response.headers.get('location');
    if (location === null || response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    const next = new URL(location, url);
    checkSecure(fn, next.href);
    if (next.origin !== new URL(url).origin) for (const name of own) delete headers[name];
    url = next.href;
  }
  throw new PermanentFailure(`${fn}: ${first} must lead to a file, got ${MOST_REDIRECTS} redirections`);
}
