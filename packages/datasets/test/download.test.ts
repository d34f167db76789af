import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../src/node/index.js';
import {
  answers,
  content,
  folder,
  hashes,
  quick,
  ranged,
  requests,
  status,
  url,
  whole,
} from './file-server.js';

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
