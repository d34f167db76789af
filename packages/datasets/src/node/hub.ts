import { ArgumentError, checkOptions, type OptionKeys } from '@immiscible/core';
import { join } from 'node:path';
import { download, DOWNLOAD_OPTIONS, type DownloadOptions, type RemoteFile } from './download.js';
import { checkSecure } from './secure-url.js';

/** One file of a data set on the hub. */
export interface HubFile extends RemoteFile {
  /** Its path there, and below the folder it is put into. */
  readonly name: string;
  readonly bytes: number;
}

/** A data set on the Hugging Face hub, at one commit. */
export interface HubDataset {
  /** `OWNER/NAME`. */
  readonly id: string;
  readonly commit: string;
  /** As its card says, or that it says nothing. */
  readonly licence: string;
  readonly page: string;
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
  /** @defaultValue `'https://huggingface.co'` */
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
const MOST = 100_000;

/**
 * What a data set on the Hugging Face hub consists of: each file's size, and SHA-256 (large files) or git's hash.
 *
 * @param id - `OWNER/NAME`, or `NAME` for the oldest ones
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
  const headers = authorization(token);
  const ask = async (url: string): Promise<{ body: unknown; next: string | undefined }> => {
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
      const hint =
        response.status === 401 || response.status === 403 || response.status === 404
          ? `; is the name right? If it asks for terms to be accepted, do so at ${page} and set HF_TOKEN`
          : '';
      throw new Error(`datasets: ${url} answered ${response.status} ${response.statusText}`.trim() + hint);
    }
    const body: unknown = await response.json().catch(() => fail(url, 'JSON', 'something else'));
    const link = /<([^>]+)>\s*;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    return { body, next: link === undefined ? undefined : new URL(link, url).href };
  };
  const api = `${endpoint}/api/datasets/${id}`;
  const about = (await ask(`${api}/revision/${encodeURIComponent(revision)}`)).body as {
    sha?: unknown;
    cardData?: { license?: unknown };
  } | null;
  const commit = about?.sha;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) {
    return fail(api, 'a commit as sha', JSON.stringify(commit ?? null));
  }
  const files: HubFile[] = [];
  let url: string | undefined = `${api}/tree/${commit}?recursive=true`;
  let entries = 0;
  while (url !== undefined) {
    const { body, next }: Awaited<ReturnType<typeof ask>> = await ask(url);
    if (!Array.isArray(body)) return fail(url, 'a list of files', typeof body);
    entries += body.length;
    if (entries > MOST) return fail(url, `at most ${MOST} files`, 'more');
    for (const entry of body as unknown[]) {
      const file = fileOf(url, entry, `${page}/resolve/${commit}`);
      if (file && matches(file.name, only)) files.push(file);
    }
    if (next !== undefined && new URL(next).origin !== new URL(endpoint).origin) {
      return fail(url, `a next page at ${endpoint}`, next);
    }
    url = next;
  }
  if (files.length === 0) {
    throw new RangeError(
      `datasets: ${page} must hold files${only === undefined ? '' : ` like ${only}`}, got none of ${entries}`,
    );
  }
  const licence = about?.cardData?.license;
  const said = Array.isArray(licence) ? licence.join(', ') : licence;
  return { id, commit, page, files, licence: typeof said === 'string' ? said : 'its card names none' };
}

/** Options of {@link fetchHub}. */
export interface FetchHubOptions extends DownloadOptions {
  /** The folder to put the files into, by their paths on the hub. */
  readonly directory: string;
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
