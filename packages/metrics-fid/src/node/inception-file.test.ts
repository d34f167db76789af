import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchInception, loadInception } from './inception-file.js';

let folder = '';
let server: Server;
let url = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inception-'));
  server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith('/g') === false ? 200 : 404;
    if (request.url === '/same-size') response.end(Buffer.alloc(95_628_359));
    else response.end('not the weights');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('fetchInception', () => {
  it('keeps nothing that has another SHA-256 than the published weights', async () => {
    const path = join(folder, 'sub', 'weights.pth');
    await expect(fetchInception(path, `${url}/there`)).rejects.toThrow('must have 95628359 bytes, got 15');
    const found = createHash('sha256').update(Buffer.alloc(95_628_359)).digest('hex');
    await expect(fetchInception(path, `${url}/same-size`)).rejects.toThrow(
      `must have the SHA-256 6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2, got ${found}`,
    );
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it('says what a server answered', async () => {
    await expect(fetchInception(join(folder, 'x.pth'), `${url}/gone`)).rejects.toThrow(
      /\/gone answered 404.*\n.*put https:.* by hand \(SHA-256 6726825d/,
    );
  });
});

describe('loadInception', () => {
  it('says where the weights can be had, if they are not there', async () => {
    await expect(loadInception(join(folder, 'none.pth'))).rejects.toThrow(
      /none\.pth, got no file; run fid fetch-inception, or put https:/,
    );
  });
});
