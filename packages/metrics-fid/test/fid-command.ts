import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { runProgram } from '@immiscible/command-line';
import { createRng } from '@immiscible/core';
import { fashionMnist10k } from '@immiscible/datasets';
import { afterAll, expect } from 'vitest';
import { fidProgram } from '../src/command.js';

/** Of this test file; goes with it. */
export const folder = mkdtempSync(join(tmpdir(), 'fid-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in this process. */
export async function fid(...args: string[]): Promise<{ out: string[]; errors: string[]; code: number }> {
  const [out, errors]: [string[], string[]] = [[], []];
  const code = await runProgram(fidProgram, args, {
    log: (line) => void out.push(line),
    error: (line) => void errors.push(line),
  });
  return { out, errors, code };
}

/** Runs the command with --json, without warnings on the side. */
export async function json(...args: string[]) {
  const { out, errors, code } = await fid(...args, '--json');
  expect([errors, code, out.length]).toEqual([[], 0, 1]);
  return JSON.parse(out[0] as string);
}

/** `.npy` of float32 `[n,d]`, normal numbers about `mean`. */
export function normalFeatures(name: string, n: number, d: number, mean: number, seed: number): string {
  const data = createRng(seed)
    .fillNormal(new Float32Array(n * d))
    .map((value) => value + mean);
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${d}), }`.padEnd(117) + '\n';
  const path = join(folder, name);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
      Buffer.from(header),
      new Uint8Array(data.buffer),
    ]),
  );
  return path;
}

/** A gray PNG file. */
function png(size: number, data: Uint8Array): Buffer {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const chunk = (name: string, body: Uint8Array) => {
    const content = Buffer.concat([Buffer.from(name), body]);
    return Buffer.concat([word(body.length), content, word(crc32(content))]);
  };
  const rows = Array.from({ length: size }, (_, y) => [0, ...data.subarray(y * size, (y + 1) * size)]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.concat([word(size), word(size), Buffer.from([8, 0, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The first images of Fashion-MNIST as PNG files; every third one without its border, 24×24. */
export async function pictures(name: string, from: number, count: number, mixed = false): Promise<string> {
  const { images } = await fashionMnist10k();
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (let i = 0; i < count; i++) {
    const cut = mixed && i % 3 === 0 ? 2 : 0;
    const size = 28 - 2 * cut;
    const data = Uint8Array.from({ length: size * size }, (_, at) =>
      images.get(from + i, cut + Math.floor(at / size), cut + (at % size), 0),
    );
    const file = join(path, `${String(i).padStart(3, '0')}.png`);
    writeFileSync(file, png(size, data));
  }
  return path;
}
