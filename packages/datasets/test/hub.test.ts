import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { fetchHub, hubDataset } from '../src/node/index.js';
import { datasets } from './datasets-command.js';

const commit = 'a'.repeat(40);
const big = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 5));
const sha256 = createHash('sha256').update(big).digest('hex');
/** What `printf 'hello\n' | git hash-object --stdin` prints. */
const helloBlob = 'ce013625030ba8dba906f756967f9e9ca394464a';

let server: Server;
let other: Server;
let endpoint = '';
let cdn = '';
let folder = '';
let seen: { path: string; headers: IncomingHttpHeaders; to: 'hub' | 'cdn' }[] = [];
let tree: object[][] = [];
let cut = false;

beforeAll(async () => {
  other = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers, to: 'cdn' });
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start ? 206 : 200, {
      'content-length': big.length - start,
      ...(start && { 'content-range': `bytes ${start}-${big.length - 1}/${big.length}` }),
    });
    if (!cut) return void response.end(big.subarray(start));
    cut = false;
    response.write(big.subarray(start, 90_000), () => response.destroy());
  });
  server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push({ path, headers: request.headers, to: 'hub' });
    const page = Number(/cursor=(\d+)/.exec(path)?.[1] ?? 0);
    if (path.startsWith('/api/datasets/me/shapes/revision/'))
      response.end(JSON.stringify({ sha: commit, cardData: { license: 'cc-by-4.0' } }));
    else if (path.startsWith(`/api/datasets/me/shapes/tree/${commit}?recursive=true`)) {
      const next = tree[page + 1] ? { link: `<${path}&cursor=${page + 1}>; rel="next"` } : {};
      response.writeHead(200, next).end(JSON.stringify(tree[page]));
    } else if (path === `/datasets/me/shapes/resolve/${commit}/data/train%20%231.parquet`)
      response.writeHead(302, { location: `${cdn}/blob` }).end();
    else if (path === `/datasets/me/shapes/resolve/${commit}/README.md`) response.end('hello\n');
    else response.writeHead(path.includes('gated') ? 401 : 404).end('no');
  });
  for (const one of [server, other]) await new Promise<void>((done) => one.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cdn = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
});
afterAll(() => void [server.close(), other.close()]);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'));
  seen = [];
  cut = false;
  tree = [
    [
      { type: 'directory', path: 'data', oid: 'x', size: 0 },
      { type: 'file', path: '.gitattributes', oid: 'b'.repeat(40), size: 9 },
      { type: 'file', path: 'README.md', oid: helloBlob, size: 6 },
    ],
    [
      {
        type: 'file',
        path: 'data/train #1.parquet',
        oid: 'c'.repeat(40),
        size: big.length,
        lfs: { oid: sha256, size: big.length },
      },
    ],
  ];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('fetches all pages’ files at one commit, checked by SHA-256 or git’s hash, and goes on where it was cut', async () => {
  cut = true;
  const dataset = await hubDataset('me/shapes', { endpoint, token: 'secret' });
  expect(dataset).toMatchObject({ id: 'me/shapes', commit, license: 'cc-by-4.0' });
  expect(dataset.files.map(({ name, sha256, gitBlob }) => [name, sha256 ?? gitBlob])).toEqual([
    ['README.md', helloBlob],
    ['data/train #1.parquet', sha256],
  ]);
  const paths = await fetchHub(dataset, { directory: folder, token: 'secret', delay: 1 });
  expect(paths).toEqual([join(folder, 'README.md'), join(folder, 'data', 'train #1.parquet')]);
  expect(Buffer.compare(readFileSync(paths[1] as string), big)).toBe(0);
  const fromCdn = seen.filter(({ to }) => to === 'cdn');
  expect(fromCdn.length).toBe(2);
  expect(fromCdn[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  // Who asks is said to the hub, and not where it redirects.
  expect(fromCdn.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  expect(seen.every(({ to, headers }) => to === 'cdn' || headers.authorization === 'Bearer secret')).toBe(
    true,
  );
  seen = [];
  await fetchHub(dataset, { directory: folder });
  expect(seen).toEqual([]);
});

it('keeps nothing whose hash is another one', async () => {
  tree = [[{ type: 'file', path: 'README.md', oid: 'd'.repeat(40), size: 6 }]];
  const dataset = await hubDataset('me/shapes', { endpoint });
  await expect(fetchHub(dataset, { directory: folder })).rejects.toThrow(
    `README.md must have the git hash ${'d'.repeat(40)}, got ${helloBlob}; what came is removed`,
  );
  expect(existsSync(join(folder, 'README.md'))).toBe(false);
});

it.each(['../../outside', '/etc/passwd', 'a/../../b', 'a\\..\\b', 'c:x', 'a//b', ''])(
  'refuses the path %j in a listing',
  async (path) => {
    tree = [[{ type: 'file', path, oid: helloBlob, size: 6 }]];
    await expect(hubDataset('me/shapes', { endpoint, only: '**' })).rejects.toThrow(
      `must give files with paths below the data set, got ${JSON.stringify(path)}`,
    );
  },
);

it.each([
  [[{ type: 'file', path: 'a', size: 6 }], 'must give a checksum of a, got null'],
  [
    [{ type: 'file', path: 'a', oid: helloBlob, size: 6, lfs: { oid: 'no' } }],
    'must give a checksum of a, got "no"',
  ],
  [[{ type: 'file', path: 'a', oid: helloBlob, size: -1 }], 'must give the size of a, got -1'],
  [{}, 'must give a list of files, got object'],
])('refuses the listing %j', async (page, message) => {
  tree = [page as object[]];
  await expect(hubDataset('me/shapes', { endpoint })).rejects.toThrow(message);
});

it('takes files like --only, and says what there is with --hint, as a command', async () => {
  const { out, errors } = await datasets(
    'fetch',
    'hf:me/shapes',
    '--mirror',
    endpoint,
    '--hint',
    '--only',
    'data/train*',
  );
  expect(errors).toBe(
    `me/shapes, 1 files, 0.2 MB\nfrom ${endpoint}/datasets/me/shapes at ${commit}\nlicense: cc-by-4.0`,
  );
  expect(out).toContain(`  ./shapes/data/train #1.parquet  200,000 bytes, SHA-256 ${sha256}`);
  const done = await datasets(
    'fetch',
    'hf:me/shapes',
    '--mirror',
    endpoint,
    '--to',
    folder,
    '--only',
    '*.md',
    '--json',
  );
  expect(JSON.parse(done.out)).toMatchObject({ commit, paths: [join(folder, 'README.md')] });
});

it.each([
  [['fetch', 'hf:me/nothing'], 'answered 404 Not Found; is the name right?'],
  [['fetch', 'hf:me/gated'], 'set HF_TOKEN'],
  [['fetch', 'hf:../x'], 'NAME must be the OWNER/NAME of a data set of the hub, got "../x"'],
  [['fetch', 'hf:me/shapes', '--only', '*.zip'], 'must hold files like *.zip, got none of 3'],
  [['fetch', 'cifar10', '--only', 'x'], '--only must be left out for cifar10, which is not on the hub'],
])('refuses %j', async (args, message) => {
  const { errors, code } = await datasets(...args, '--mirror', endpoint);
  const isUsage = /^(NAME|--)/.test(message);
  expect([code, errors]).toEqual([isUsage ? 2 : 1, expect.stringContaining(message)]);
});

it('says what to do without a network', async () => {
  await expect(hubDataset('me/shapes', { endpoint: 'http://127.0.0.1:9' })).rejects.toThrow(
    "http://127.0.0.1:9 can't be reached; without a network here, get the files of ",
  );
});
