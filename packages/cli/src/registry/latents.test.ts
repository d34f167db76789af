import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { encodeSafetensors } from '@immiscible/formats';
import { expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { loadDataset } from './datasets.js';

const folder = mkdtempSync(join(tmpdir(), 'latents-'));

/** Three latents of 2 channels, 2 rows, 1 column: 100·latent + 10·channel + row. */
const values = Float32Array.of(0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211);

function written(name: string, tensors: Parameters<typeof encodeSafetensors>[0]): string {
  const path = join(folder, name);
  writeFileSync(path, encodeSafetensors(tensors));
  return path;
}

const latents = { dtype: 'F32', shape: [3, 2, 2, 1], data: values } as const;

test('channels come last, values are scaled and not clipped, labels go with their latents', async () => {
  const path = written('a.safetensors', {
    latents,
    labels: { dtype: 'I64', shape: [3], data: BigInt64Array.of(7n, 8n, 9n) },
  });
  const data = await loadDataset({ kind: 'latents', path, scale: 0.5 });
  expect(data).toMatchObject({
    name: 'a.safetensors',
    shape: [3, 2, 1, 2],
    classes: 10,
    bounded: false,
    scale: 0.5,
  });
  expect([...data.images(1, 2).data]).toEqual([50, 55, 50.5, 55.5]);
  const { x0, labels } = await data.batches({ batchSize: 3, rng: createRng(0) }).at(0);
  expect(x0.shape).toEqual([3, 2, 1, 2]);
  for (let i = 0; i < 3; i++) expect(x0.get(i, 0, 0, 0)).toBe(50 * ((labels?.[i] as number) - 7));
});

test('a .npy file as NumPy writes it', async () => {
  const path = join(folder, 'a.npy');
  // numpy.lib.format, version 1.0: magic, length of the header, header padded to a multiple of 64, little-endian values.
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2, 1), }".padEnd(117) + '\n';
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  writeFileSync(path, Buffer.concat([start, Buffer.from(header), Buffer.from(values.buffer)]));
  const data = await loadDataset({ kind: 'latents', path });
  expect(data.shape).toEqual([3, 2, 1, 2]);
  expect([...data.images(2, 3).data]).toEqual([200, 210, 201, 211]);
});

test('what is no file of latents is refused, a missing one with how to make it', async () => {
  const spoilt = values.slice();
  spoilt[5] = NaN;
  const labelled = (shape: number[], data: number[]) =>
    written(`labels-${shape.join()}-${data.join()}.safetensors`, {
      latents,
      labels: { dtype: 'F32', shape, data: Float32Array.from(data) },
    });
  const cases: [string, string][] = [
    [join(folder, 'none.safetensors'), 'ENOENT'],
    [written('other.safetensors', { z: latents }), 'tensor must be one of'],
    [
      written('flat.safetensors', { latents: { ...latents, shape: [12] } }),
      'latents must be of shape [N,C,H,W], got [12]',
    ],
    [
      written('nan.safetensors', { latents: { ...latents, data: spoilt } }),
      'every value must be finite, got NaN in latent 1',
    ],
    [labelled([3], [0, 0.5, 1]), 'integers from 0 on of shape [N], got 0.5 at 1'],
    [labelled([3], [0, 1, -1]), 'got -1 at 2'],
    [labelled([2], [0, 1]), 'labels must be a class for each of the 3 latents'],
  ];
  for (const [path, message] of cases) {
    const loading = loadDataset({ kind: 'latents', path });
    await expect(loading).rejects.toThrow(UsageError);
    await expect(loading).rejects.toThrow(
      `dataset.path must hold latents, [N,C,H,W] in a .safetensors or .npy file, got ${path}: `,
    );
    await expect(loading).rejects.toThrow(message);
    await (message === 'ENOENT'
      ? expect(loading).rejects.toThrow('To make it: ')
      : expect(loading).rejects.not.toThrow('To make it: '));
  }
  const path = written('other2.safetensors', { z: latents });
  await expect(loadDataset({ kind: 'latents', path, tensor: 'z' })).resolves.toMatchObject({
    shape: [3, 2, 1, 2],
  });
  await expect(loadDataset({ kind: 'latents', path, tensor: 'z', scale: 1e38 })).rejects.toThrow(
    'every value must be finite times scale 1e+38, got Infinity in latent 0',
  );
  const npy = join(folder, 'none.NPY');
  await expect(loadDataset({ kind: 'latents', path: npy, tensor: 'z' })).rejects.toThrow(
    'tensor must be left out for a .npy file',
  );
});
