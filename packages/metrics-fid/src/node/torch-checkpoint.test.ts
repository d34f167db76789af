import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorchCheckpoint } from './torch-checkpoint.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))));
afterAll(() => rm(folder, { recursive: true }));

async function readBytes(bytes: Uint8Array) {
  const path = join(folder, 'x.pth');
  await writeFile(path, bytes);
  return readTorchCheckpoint(path);
}

const eighths = (...values: number[]) => Float32Array.from(values, (value) => value / 8);

describe('readTorchCheckpoint', () => {
  it.each(['checkpoint.pth', 'checkpoint-legacy.pth'])(
    'reads what torch.save wrote: %s (test/fixtures/make-checkpoint.py)',
    async (name) => {
      const { tensors, sha256 } = await readTorchCheckpoint(fixture(name));
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect([...tensors.keys()]).toEqual([
        'layer.weight',
        'turned',
        'part',
        'half',
        'bfloat',
        'double',
        'count',
        'empty',
      ]);
      expect(tensors.get('layer.weight')).toEqual({
        shape: [4, 6],
        data: Float32Array.from({ length: 24 }, (_, i) => i / 8),
      });
      expect(tensors.get('turned')).toEqual({
        shape: [6, 4],
        data: Float32Array.from({ length: 24 }, (_, i) => ((i % 4) * 6 + Math.floor(i / 4)) / 8),
      });
      expect(tensors.get('part')).toEqual({ shape: [2, 3], data: eighths(8, 9, 10, 14, 15, 16) });
      expect(tensors.get('half')?.data).toEqual(Float32Array.of(1.5, -0.25, 2 ** -14, 2 ** -24));
      expect(tensors.get('bfloat')?.data).toEqual(Float32Array.of(3, -0.5));
      expect(tensors.get('double')).toEqual({ shape: [1, 1], data: Float32Array.of(0.125) });
      expect(tensors.get('count')).toEqual({ shape: [], data: Float32Array.of(7) });
      expect(tensors.get('empty')).toEqual({ shape: [0, 3], data: new Float32Array(0) });
    },
  );

  it('runs nothing that a pickle names: it is an error', async () => {
    await expect(readTorchCheckpoint(fixture('checkpoint-code.pth'))).rejects.toThrow(
      /must hold tensors in dicts and lists only, got the global "(posix|os)\.system", which is neither looked up nor run/,
    );
    expect(existsSync('code-ran')).toBe(false);
  });

  it.each([
    ['another file', Uint8Array.of(1, 2, 3)],
    ['an empty file', new Uint8Array(0)],
    ['a cut zip', readFileSync(fixture('checkpoint.pth')).subarray(0, 2000)],
    ['a cut file of the older kind', readFileSync(fixture('checkpoint-legacy.pth')).subarray(0, -10)],
  ])('refuses %s, naming it', async (_, bytes) => {
    await expect(readBytes(bytes)).rejects.toThrow(RangeError);
    await expect(readBytes(bytes)).rejects.toThrow('x.pth must');
  });

  it.each(['checkpoint.pth', 'checkpoint-legacy.pth'])(
    'gives tensors or a RangeError for %s with any bytes changed',
    async (name) => {
      const original = readFileSync(fixture(name));
      const change = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const bytes = new Uint8Array(original);
          for (const [at, value] of changes) bytes[at] = value;
          const found = await readBytes(bytes).catch((error: unknown) => error);
          if (found instanceof Error) expect(found).toBeInstanceOf(RangeError);
        }),
        { seed: 1, numRuns: 400 },
      );
    },
  );
});
