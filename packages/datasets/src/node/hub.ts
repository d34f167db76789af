import { ArgumentError, checkOptions, type OptionKeys } from '@immiscible/core';
import { join } from 'node:path';
import { download, DOWNLOAD_OPTIONS, type DownloadOptions } from './download.js';
import type { RemoteFile } from './remote-file.js';
import { checkSecure } from './secure-url.js';

/** One file of a data set on the hub. */
export interface HubFile extends RemoteFile {
  /** Its path there, and below the folder it is put into. */
  readonly name: string;
  /** Its size. */
  readonly bytes: number;
}

/** A data set on the Hugging Face hub, at one commit. */
export interface HubDataset {
  /** `OWNER/NAME`. */
  readonly id: string;
  /** Of git, 40 hexadecimal digits: all files are those of this commit. */
  readonly commit: string;
  /** As its card says, or that it says nothing. */
  readonly license: string;
  /** Its page on the hub. */
  readonly page: string;
  /** Those that were asked for. */
  readonly files: readonly HubFile[];
}

/** Options of {@link hubDataset}. */
export interface HubOptions {
  /**
   * A branch, tag or commit.
   * @defaultValue `'main'`
   */
  readonly revision?: string;
  /**
   * Take files with such paths only: `*` for any characters but a slash, `**` for any, `?` for one.
   * @defaultValue all, but for those whose names begin with a dot
   */
  readonly only?: string;
  /**
   * The address of the hub, or of another one like it.
   * @defaultValue `'https://huggingface.co'`
   */
  readonly endpoint?: string;
  /** What the hub knows you by, for data sets with terms to be accepted. It is sent to the endpoint only. */
  readonly token?: string;
}

const HUB_KEYS = {
  revision: true,
  only: true,
  endpoint: true,
  token: true,
} satisfies OptionKeys<HubOptions>;

/** Files that one data set may have here. */
const MAX_FILES = 100_000;

/**
 * What a data set on the Hugging Face hub consists of: each file's size, and SHA-256 (large files) or git's hash.
 *
 * @param id - `OWNER/NAME`, or `NAME` for the oldest ones
 * @param options - which version and files
 * @throws RangeError if the name is none, no file matches, or the hub's answer is something else
 * @throws Error if the hub can't be reached, or refuses
 * @see https://huggingface.co/docs/hub/api
 */
export async function hubDataset(id: string, options: HubOptions = {}): Promise<HubDataset> {
  checkOptions('hubDataset', options, HUB_KEYS);
  const { revision = 'main', only, token } = options;
  const endpoint = (options.endpoint ?? 'https://huggingface.co').replace(/\/$/, '');
  if (!/^[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(id)) {
    const [constraint, got] = ['the OWNER/NAME of a data set of the hub', JSON.stringify(id)];
    throw new ArgumentError({ fn: 'hubDataset', argument: 'id', constraint, got });
  }
  checkSecure('datasets', endpoint);
  const page = `${endpoint}/datasets/${id}`;
  const hub: Hub = { endpoint, page, headers: authorization(token) };
  const api = `${endpoint}/api/datasets/${id}`;
  const about = (await ask(hub, `${api}/revision/${encodeURIComponent(revision)}`)).body as {
    sha?: unknown;
    cardData?: { license?: unknown };
  } | null;
  const commit = about?.sha;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) {
    return fail(api, 'a commit as sha', JSON.stringify(commit ?? null));
  }
  const all = await listFiles(hub, `${api}/tree/${commit}?recursive=true`, `${page}/resolve/${commit}`);
  const files = all.filter(({ name }) => matches(name, only));
  if (files.length === 0) {
    throw new RangeError(
      `datasets: ${page} must hold files${only === undefined ? '' : ` like ${only}`}, got none of ${all.length}`,
    );
  }
  const license = about?.cardData?.license;
  const said = Array.isArray(license) ? license.join(', ') : license;
  return { id, commit, page, files, license: typeof said === 'string' ? said : 'its card names none' };
}

/** Where a data set is asked for. */
interface Hub {
  readonly endpoint: string;
  readonly page: string;
  readonly headers: Record<string, string>;
}

/** An answer in JSON, and where the list that it is a part of goes on. */
interface Answer {
  readonly body: unknown;
  readonly next: string | undefined;
}

async function ask({ endpoint, page, headers }: Hub, url: string): Promise<Answer> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) }).catch(
    (cause: unknown) => {
      throw new Error(
        `datasets: ${endpoint} can't be reached; without a network here, get the files of ${page} elsewhere, and read ` +
          'them with npx @immiscible/datasets info or pack',
        { cause },
      );
    },
  );
  if (!response.ok) {
    await response.body?.cancel();
    const hint = [401, 403, 404].includes(response.status)
      ? `; is the name right? If it asks for terms to be accepted, do so at ${page} and set HF_TOKEN`
      : '';
    throw new Error(`datasets: ${url} answered ${response.status} ${response.statusText}`.trim() + hint);
  }
  const body: unknown = await response.json().catch(() => fail(url, 'JSON', 'something else'));
  const link = /<([^>]+)>\s*;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { body, next: link === undefined ? undefined : new URL(link, url).href };
}

/** All files of a listing that comes in pages. */
async function listFiles(hub: Hub, first: string, base: string): Promise<HubFile[]> {
  const files: HubFile[] = [];
  let entries = 0;
  for (let url: string | undefined = first; url !== undefined;) {
    const { body, next }: Answer = await ask(hub, url);
    if (!Array.isArray(body)) return fail(url, 'a list of files', typeof body);
    entries += body.length;
    if (entries > MAX_FILES) return fail(url, `at most ${MAX_FILES} files`, 'more');
    for (const entry of body as unknown[]) {
      const file = fileOf(url, entry, base);
      if (file) files.push(file);
    }
    if (next !== undefined && new URL(next).origin !== new URL(hub.endpoint).origin) {
      return fail(url, `a next page at ${hub.endpoint}`, next);
    }
    url = next;
  }
  return files;
}

/** Options of {@link fetchHub}. */
export interface FetchHubOptions extends DownloadOptions {
  /** The folder to put the files into, by their paths on the hub. */
  readonly directory: string;
  /** As {@link HubOptions} has it. */
  readonly token?: string;
  /** Told of each file, before it is looked for. */
  readonly onFile?: (file: HubFile, path: string) => void;
}

const FETCH_KEYS = {
  ...DOWNLOAD_OPTIONS,
  directory: true,
  token: true,
  onFile: true,
} satisfies OptionKeys<FetchHubOptions>;

/**
 * Gets the files of a data set, each checked and resumable. Files that are there already are checked only.
 *
 * @param dataset - as {@link hubDataset} found it
 * @param options - where to put the files
 * @returns the files' paths
 * @throws RangeError if a checksum is wrong
 * @throws Error if a file can't be had
 */
export async function fetchHub(dataset: HubDataset, options: FetchHubOptions): Promise<string[]> {
  checkOptions('fetchHub', options, FETCH_KEYS);
  const { directory, token, onFile, ...rest } = options;
  const paths: string[] = [];
  for (const file of dataset.files) {
    const path = join(directory, ...file.name.split('/'));
    onFile?.(file, path);
    await download(file, path, { fn: 'datasets', ...rest, headers: authorization(token) });
    paths.push(path);
  }
  return paths;
}

function authorization(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** A file of the listing; undefined for folders. */
function fileOf(url: string, entry: unknown, base: string): HubFile | undefined {
  const { type, path, size, oid, lfs } = (entry ?? {}) as {
    readonly [key: string]: unknown;
    readonly lfs?: { readonly oid?: unknown };
  };
  if (type === 'directory') return undefined;
  // A path is a name below the folder, whatever the answer says.
  const safe =
    typeof path === 'string' &&
    !/[\\:\0]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (type !== 'file' || !safe)
    return fail(url, 'files with paths below the data set', JSON.stringify(path ?? null));
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    return fail(url, `the size of ${path}`, JSON.stringify(size ?? null));
  }
  const [sha256, gitBlob] = [lfs?.oid, oid];
  const isHash = (value: unknown, length: number): value is string =>
    typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
  const hash = isHash(sha256, 64)
    ? { sha256 }
    : lfs === undefined && isHash(gitBlob, 40)
      ? { gitBlob }
      : undefined;
  if (hash === undefined)
    return fail(url, `a checksum of ${path}`, JSON.stringify(sha256 ?? gitBlob ?? null));
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return { name: path, url: `${base}/${encoded}`, bytes: size as number, ...hash };
}

function matches(path: string, only: string | undefined): boolean {
  if (only === undefined) return !path.split('/').some((part) => part.startsWith('.'));
  const pattern = only.replace(/\*\*|[*?]|[\\^$.+()[\]{}|]/g, (found) => {
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
  return new RegExp(`^${pattern}$`, 's').test(path);
}

function fail(url: string, expected: string, found: string): never {
  throw new RangeError(`datasets: ${url} must give ${expected}, got ${found}`);
}
