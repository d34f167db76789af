// A disk that is full, as the system tells it: `open` gives files that take no more than some bytes.
import { createRng } from '@immiscible/core';
import { type Checkpoint, CheckpointError } from '@immiscible/trainer';
import { fileStore } from '@immiscible/trainer/node';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({ left: Infinity }));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const open: typeof fs.open = async (...given) => {
    const handle = await fs.open(...given);
    const writeFile = handle.writeFile.bind(handle);
    handle.writeFile = async (content, ...rest) => {
      if ((content as string).length > disk.left) {
        await writeFile((content as string).slice(0, disk.left), ...rest);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      }
      return writeFile(content, ...rest);
    };
    return handle;
  };
  return { ...fs, open };
});

const folder = mkdtempSync(join(tmpdir(), 'immiscible-full-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = (step: number): Checkpoint => ({
  step,
  rng: createRng(0).state(),
  seconds: 0,
  arrays: { 'params/w': { dtype: 'F32', shape: [50_000], data: new Float32Array(50_000) } },
});

it.each([0, 100])('a full disk is told by file, size and what to do: %i bytes left', async (left) => {
  disk.left = Infinity;
  const store = fileStore(folder);
  await store.save(checkpoint(1));
  const before = readdirSync(folder);
  disk.left = left;
  const error = await store.save(checkpoint(2)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CheckpointError);
  expect((error as Error).message).toMatch(
    /^fileStore: .*checkpoint-00000002-[0-9a-f]{8}\.safetensors must be writable, got Error: ENOSPC: no space left on device, write; free at least 0\.2 MB there \(or move the folder to another disk\) and resume: checkpoints before it are kept$/,
  );
  expect(readdirSync(folder)).toEqual(before);
  expect((await store.latest())?.step).toBe(1);
});
