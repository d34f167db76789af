// A server of one file, which answers as it is told to, and an empty folder for each test.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

export const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));
export const hashes = {
  sha256: createHash('sha256').update(content).digest('hex'),
  md5: createHash('md5').update(content).digest('hex'),
};
export const quick = { retries: 3, delay: 1, stall: 500 };

let server: Server;
export let url = '';
export let requests: { path: string; range: string | undefined }[] = [];
export let folder = '';
/** Answers to a path, in turn; the last one stays. */
export let answers: Record<string, ((request: IncomingMessage, response: ServerResponse) => void)[]> = {};

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
export const ranged =
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
export const whole = (_: IncomingMessage, response: ServerResponse) => void response.end(content);
export const status = (code: number) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(code).end('an error page');
