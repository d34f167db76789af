import { createRng } from '@immiscible/core';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import {
  type Checkpoint,
  type CheckpointStore,
  type StoredCheckpoint,
  withoutPlace,
} from '../src/checkpoint.js';

export const root = await mkdtemp(join(tmpdir(), 'immiscible-file-store-'));
afterAll(() => rm(root, { recursive: true }));
let folders = 0;
export const newFolder = () => join(root, 'of a run', String(folders++));

export const checkpoint = (step: number): Checkpoint => ({
  step,
  rng: createRng(2 ** 40 + 3)
    .split('a')
    .state(),
  seconds: step / 3,
  config: 'sha256:ä',
  metadata: { twin: 'ünmixed', commit: '0f3a' },
  arrays: {
    'params/down.0.weight': {
      dtype: 'F32',
      shape: [2, 3],
      // What text can't carry: −0, the smallest subnormal number, the largest float32, NaN.
      data: Float32Array.of(step, -0, 2 ** -149, 3.4028234663852886e38, 0.1, Number.NaN),
    },
    'optimizer/count': { dtype: 'I32', shape: [], data: Int32Array.of(step) },
    'optimizer/mask': { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
    'optimizer/empty': { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
  },
});

export const bare = async (store: CheckpointStore) =>
  withoutPlace((await store.latest()) as StoredCheckpoint);
export const records = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.json'));
export const data = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
