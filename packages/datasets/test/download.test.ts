import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { download, fetchDataset, KNOWN_DOWNLOADS } from '../src/node/index.js';
import { datasets } from './datasets-command.js';

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));
const hashes = {
  sha256: createHash('sha256').update(content).digest('hex'),
  md5: createHash('md5').update(content).digest('hex'),
};
const quick = { retries: 3, delay: 1, stall: 500 };

let server: Server;
let url = '';
let requests: { path: string; range: string | undefined }[] = [];
let folder = '';
/** Answers to a path, in turn; the last one stays. */
let answers: Record<string, ((request: IncomingMessage, response: ServerResponse) => void)[]> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, range: request.headers.range });
    const turn = answers[path] ?? [];
    const answer = turn.length > 1 ? turn.shift() : turn[0];
    if (answer) answer(request, response);
    else response.writeHead(404).end('no such file');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  requests = [];
  answers = {};
  folder = mkdtempSync(join(tmpdir(), 'download-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const startOf = (request: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);

/** A server that knows ranges, as far as `until`. */
const ranged =
  (until = content.length, body = content) =>
  (request: IncomingMessage, response: ServerResponse) => {
    const start = startOf(request);
    if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
    });
    if (until === body.length) response.end(body.subarray(start));
    else response.write(body.subarray(start, until), () => response.destroy());
  };
const whole = (_: IncomingMessage, response: ServerResponse) => void response.end(content);
const status = (code: number) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(code).end('an error page');

describe('download', () => {
  const file = (path = '/file') => ({ url: url + path, bytes: content.length, ...hashes });
  const to = () => join(folder, 'sub', 'file.bin');

  test('goes on from where a connection broke off, and asks for nothing twice', async () => {
    answers['/file'] = [ranged(100_000), ranged(200_000), ranged()];
    const seen: (number | undefined)[] = [];
    const onProgress = (done: number, total?: number) => void seen.push(done, total);
    expect(await download(file(), to(), { ...quick, onProgress })).toBe('downloaded');
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
    expect(requests[0]?.range).toBeUndefined();
    const starts = requests.slice(1).map(({ range }) => Number(/bytes=(\d+)-/.exec(range ?? '')?.[1]));
    expect(starts.length).toBe(2);
    for (const [i, limit] of [100_000, 200_000].entries()) {
      expect(starts[i]).toBeGreaterThan(0);
      expect(starts[i]).toBeLessThanOrEqual(limit);
    }
    expect(seen.slice(-2)).toEqual([content.length, content.length]);
    expect(existsSync(`${to()}.part`)).toBe(false);
  });

  test('goes on in a later call from what an earlier one left', async () => {
    answers['/file'] = [ranged(150_000)];
    await expect(download(file(), to(), { ...quick, retries: 0 })).rejects.toThrow(
      /broke off after \d+ of 300000 bytes; run this again to go on from there/,
    );
    const kept = readFileSync(`${to()}.part`).length;
    expect(kept).toBeGreaterThan(0);
    answers['/file'] = [ranged()];
    await download(file(), to(), quick);
    expect(requests.at(-1)?.range).toBe(`bytes=${kept}-`);
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
  });

  test('begins anew where the server knows no ranges', async () => {
    answers['/file'] = [ranged(120_000), whole];
    await download(file(), to(), quick);
    expect(requests[1]?.range).toBeDefined();
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
  });

  test('begins anew where the server answers with another range', async () => {
    answers['/file'] = [
      ranged(120_000),
      (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 5-299999/300000` });
        response.end(content.subarray(5));
      },
      ranged(),
    ];
    await download(file(), to(), quick);
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
  });

  test('takes a connection that says nothing more for a cut one', async () => {
    answers['/file'] = [
      (_, response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 1000));
      },
      ranged(),
    ];
    await download(file(), to(), { ...quick, stall: 100 });
    expect(requests[1]?.range).toBe('bytes=1000-');
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
  });

  test('follows redirects', async () => {
    answers['/moved'] = [(_, response) => void response.writeHead(302, { location: '/file' }).end()];
    answers['/file'] = [ranged()];
    await download(file('/moved'), to(), quick);
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
  });

  test.each([
    ['SHA-256', 'sha256'],
    ['MD5', 'md5'],
  ] as const)('removes what has another %s', async (name, key) => {
    const other = Buffer.from(content);
    other[7] = 1;
    answers['/file'] = [ranged(other.length, other)];
    const found = createHash(key).update(other).digest('hex');
    const { sha256, md5, ...rest } = file();
    const expected = { ...rest, ...(key === 'md5' ? { md5 } : { sha256 }) };
    await expect(download(expected, to(), quick)).rejects.toThrow(
      `/file must have the ${name} ${hashes[key]}, got ${found}; what came is removed`,
    );
    expect([existsSync(to()), existsSync(`${to()}.part`), requests.length]).toEqual([false, false, 1]);
  });

  test('refuses a page in the file’s place by its size, before it is read', async () => {
    answers['/file'] = [
      (_, response) => void response.writeHead(200, { 'content-length': 12 }).end('log in first'),
    ];
    await expect(download(file(), to(), quick)).rejects.toThrow('/file must have 300000 bytes, got 12');
    expect(existsSync(`${to()}.part`)).toBe(false);
  });

  test('reads no more than the size', async () => {
    const endless = (_: IncomingMessage, response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && response.write(content));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    answers['/file'] = [endless];
    await expect(download(file(), to(), quick)).rejects.toThrow('must have 300000 bytes, got more');
  });

  test('says 404 at once, and tries again after 503', async () => {
    await expect(download(file('/gone'), to(), quick)).rejects.toThrow('/gone answered 404 Not Found');
    expect(requests.length).toBe(1);
    answers['/file'] = [status(503), ranged()];
    expect(await download(file(), to(), quick)).toBe('downloaded');
  });

  test('asks the web for nothing when the file is there, and refuses one that is another', async () => {
    const path = join(folder, 'there');
    writeFileSync(path, content);
    expect(await download(file(), path, quick)).toBe('there');
    writeFileSync(path, content.subarray(1));
    await expect(download(file(), path, quick)).rejects.toThrow(
      /there must have 300000 bytes, got 299999; remove it, and run this again/,
    );
    expect(requests).toEqual([]);
  });

  test('follows no link, and writes to nothing that has another name too', async () => {
    const mine = join(folder, 'mine');
    const path = join(folder, 'file.bin');
    answers['/file'] = [ranged()];
    for (const make of [symlinkSync, linkSync]) {
      writeFileSync(mine, 'not to be touched');
      make(mine, `${path}.part`);
      await expect(download(file(), path, quick)).rejects.toThrow(
        /file\.bin\.part must be a file .*; remove it/,
      );
      expect(readFileSync(mine, 'utf8')).toBe('not to be touched');
      rmSync(`${path}.part`);
    }
    expect(readdirSync(folder)).toEqual(['mine']);
  });

  test('asks for https, also of where it is redirected', async () => {
    const open = 'http://example.org/file';
    await expect(download({ ...file(), url: open }, to(), quick)).rejects.toThrow(
      `url must begin with https:// (or be on localhost), got ${open}`,
    );
    answers['/moved'] = [(_, response) => void response.writeHead(302, { location: open }).end()];
    await expect(download(file('/moved'), to(), quick)).rejects.toThrow(open);
    answers['/loop'] = [(_, response) => void response.writeHead(302, { location: '/loop' }).end()];
    await expect(download(file('/loop'), to(), quick)).rejects.toThrow('got 10 redirections');
  });

  test('two at once each get the file; nothing else is left', async () => {
    answers['/file'] = [ranged(100_000), ranged()];
    const results = await Promise.all([1, 2, 3].map(() => download(file(), to(), quick)));
    expect(results).toEqual(['downloaded', 'downloaded', 'downloaded']);
    expect(Buffer.compare(readFileSync(to()), content)).toBe(0);
    expect(readdirSync(join(folder, 'sub'))).toEqual(['file.bin']);
  });

  test('takes over from a process that has ended', async () => {
    const path = join(folder, 'file.bin');
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(`${path}.part`, content.subarray(0, 1000));
    writeFileSync(`${path}.part.lock`, JSON.stringify({ pid: ended, host: hostname() }));
    answers['/file'] = [ranged()];
    await download(file(), path, quick);
    expect(requests[0]?.range).toBe('bytes=1000-');
    expect(readdirSync(folder)).toEqual(['file.bin']);
  });

  test('says which folder can’t be made, and which address can’t be reached', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    await expect(download(file(), join(folder, 'a-file', 'x'), quick)).rejects.toThrow(
      /a-file must be a folder, got something else/,
    );
    await expect(
      download({ ...file(), url: 'http://127.0.0.1:1/file' }, to(), { ...quick, delay: 1e6 }),
    ).rejects.toThrow("http://127.0.0.1:1/file can't be reached");
  });
});

describe('known downloads', () => {
  test.each(Object.entries(KNOWN_DOWNLOADS))(
    '%s has a page, terms and a checksum for each file',
    (_, known) => {
      expect(known.page).toMatch(/^https?:\/\//);
      expect(known.license.length).toBeGreaterThan(5);
      for (const { sha256, md5, bytes, url: from, name } of known.files) {
        expect(sha256 ?? md5).toMatch(sha256 === undefined ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
        if (known.byHand === undefined) {
          expect([bytes! > 0, from.endsWith(name), from.startsWith('https://')]).toEqual([true, true, true]);
          expect(sha256).toBeDefined();
        }
      }
    },
  );
});

describe('datasets fetch', () => {
  test('lists what there is', async () => {
    const { out } = await datasets('fetch');
    expect(out.split('\n').length).toBe(Object.keys(KNOWN_DOWNLOADS).length);
    expect(out).toContain('celeba         CelebA, 202,599 aligned images 178×218×3 (by hand)');
  });

  test('shows source and terms before it asks for anything; what a mirror has is held to the same size', async () => {
    answers['/cifar-10-python.tar.gz'] = [whole];
    const { errors, code } = await datasets('fetch', 'cifar10', '--to', folder, '--mirror', `${url}/`);
    expect(code).toBe(1);
    expect(requests).toEqual([{ path: '/cifar-10-python.tar.gz', range: undefined }]);
    expect(errors.indexOf('license: no license is given')).toBeLessThan(
      errors.indexOf('must have 170498071'),
    );
    expect(errors).toContain('cs.toronto.edu/~kriz/cifar.html');
    expect(existsSync(join(folder, 'cifar-10-python.tar.gz'))).toBe(false);
  });

  test('offline, says which files to put where, with size and checksum', async () => {
    await expect(
      fetchDataset('mnist', { directory: folder, mirror: 'http://127.0.0.1:1', retries: 0 }),
    ).rejects.toThrow(
      `${join(folder, 'train-labels-idx1-ubyte.gz')}  28,881 bytes, SHA-256 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c`,
    );
    const { out } = await datasets('fetch', 'mnist', '--hint', '--to', folder);
    expect(out).toContain('https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz');
  });

  test('of what only a browser can get, says where, and checks what lies there', async () => {
    const first = await datasets('fetch', 'celeba', '--to', folder);
    expect(first.code).toBe(1);
    expect(first.errors).toContain('Google Drive');
    expect(first.errors).toContain(
      `${join(folder, 'img_align_celeba.zip')}  SHA-256 46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74`,
    );
    writeFileSync(join(folder, 'img_align_celeba.zip'), 'a page that says: quota exceeded');
    const second = await datasets('fetch', 'celeba', '--to', folder);
    expect(second.errors).toContain(
      'img_align_celeba.zip must have the SHA-256 46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74',
    );
    expect(requests).toEqual([]);
  });

  test('refuses names and flags that it does not know', async () => {
    expect((await datasets('fetch', 'cifar11')).errors).toContain('NAME must be of cifar10, cifar100, mnist');
    expect((await datasets('fetch', 'cifar10', '--too', 'x')).errors).toContain('--too; did you mean --to?');
    expect(requests).toEqual([]);
  });
});
