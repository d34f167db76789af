import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@immiscible/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureTensors } from '../../test/inception-fixture.js';
import { metricName } from '../frechet-result.js';
import { INCEPTION_SHA256 } from '../inception-sha256.js';
import { fetchInception, loadInception } from './inception-file.js';
import { tensorsDigest } from './tensors-digest.js';

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
  it('calls made-up weights no published ones, whatever their file says of itself', async () => {
    const tensors = Object.fromEntries(
      [...fixtureTensors()].map(([name, { shape, data }]) => [name, { dtype: 'F32' as const, shape, data }]),
    );
    const ids = [];
    for (const [name, metadata] of [
      ['honest', {}],
      ['spoof', { source_sha256: INCEPTION_SHA256, sha256: INCEPTION_SHA256 }],
    ] as const) {
      const path = join(folder, `${name}.safetensors`);
      await writeFile(path, encodeSafetensors(tensors, metadata));
      ids.push((await loadInception(path)).id);
    }
    expect(ids[0]).toMatch(/^inception2015-other@[0-9a-f]{12}$/);
    // The same tensors are the same network.
    expect(ids[1]).toBe(ids[0]);
    expect(metricName(ids[1] as string)).toBe('FD-inception2015-other');
  });

  it('says where the weights can be had, if they are not there', async () => {
    await expect(loadInception(join(folder, 'none.pth'))).rejects.toThrow(
      /none\.pth, got no file; run npx @immiscible\/metrics-fid fetch-inception, or put https:/,
    );
  });
});

describe('tensorsDigest', () => {
  const one = { shape: [2], data: Float32Array.of(1, 2) };
  const digest = (tensors: Record<string, { shape: number[]; data: Float32Array }>, names = ['a', 'b']) =>
    tensorsDigest(new Map(Object.entries(tensors)), names);

  it('is of name, type, shape and bytes, in order of names', () => {
    const text = Buffer.from('["a","F32",[2]]\n');
    const bytes = Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
    const expected = createHash('sha256')
      .update(Buffer.concat([text, bytes]))
      .digest('hex');
    expect(digest({ a: one }, ['a'])).toBe(expected);
    expect(digest({ b: one, a: one }, ['b', 'a'])).toBe(digest({ a: one, b: one }));
  });

  it('differs where a name, a shape, a number or the sign of a zero does, or a tensor is missing', () => {
    const found = [
      { a: one, b: one },
      { a: one },
      { a: one, b: { ...one, shape: [1, 2] } },
      { a: one, b: { ...one, data: Float32Array.of(1, 3) } },
      { a: one, b: { ...one, data: Float32Array.of(0, 0) } },
      { a: one, b: { ...one, data: Float32Array.of(0, -0) } },
    ].map((tensors) => digest(tensors));
    expect(new Set(found).size).toBe(found.length);
    expect(digest({ a: one, c: one }, ['a', 'c'])).not.toBe(found[0]);
  });
});
