import { spawnSync } from 'node:child_process';
import type { ArgumentError } from '@immiscible/core';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Dataset } from '../src/index.js';
import { decodePool } from '../src/node/decode-pool.js';
import { folder, folderOf } from './picture-folder.js';

// Workers run the built package only; without a build there is nothing to compare.
const built = new URL('../dist/node/index.js', import.meta.url);
test.skipIf(!existsSync(built))('any number of workers gives the same bytes in the same order', async () => {
  const node = (await import(/* @vite-ignore */ built.href)) as typeof import('../src/node/index.js');
  const files: Record<string, string> = {};
  for (let i = 0; i < 300; i++) {
    files[`${i % 3}/${String(i).padStart(3, '0')}.png`] = `pictures/${i % 2 ? 'rgb' : 'palette'}.png`;
  }
  const path = folderOf('many', files);
  const sets = [];
  for (const workers of [0, 1, 2, 3])
    sets.push(await node.loadImages(await node.imageFolder(path), { workers }));
  const [first, ...others] = sets as [Dataset, ...Dataset[]];
  expect(first.images.shape).toEqual([300, 40, 48, 3]);
  for (const { images, labels } of others) {
    expect(Buffer.compare(images.data, first.images.data)).toBe(0);
    expect(labels).toEqual(first.labels);
  }
});

test.skipIf(!existsSync(built))('workers begin in a process that was given its program as text', () => {
  const path = folderOf('evaluated', { 'a.png': 'pictures/rgb.png' });
  const program = `import { imageFolder, loadImages } from ${JSON.stringify(built.href)};
    const { images } = await loadImages(await imageFolder(${JSON.stringify(path)}), { workers: 1 });
    console.log(images.shape.join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect([stderr, stdout.trim()]).toEqual(['', '1,40,48,3']);
});

test('a block is rejected when its thread ends, or has ended before', async () => {
  const file = join(folder, 'ends.mjs');
  writeFileSync(
    file,
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
  );
  const pool = decodePool(1, file);
  const options = { channels: 3, convert: false, maximumPixels: 1 } as const;
  for (let i = 0; i < 2; i++) {
    await expect(pool.run({ names: [], options })).rejects.toThrow('a worker must run until it is closed');
  }
  await pool.close();
});

test("a worker's error comes with its parts", async () => {
  const file = join(folder, 'refusing.mjs');
  const problem = {
    fn: 'f',
    argument: 'a.png',
    constraint: 'rgb',
    got: 'gray',
    fix: ['say ', { option: 'convert' }],
  };
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
     parentPort.on('message', ({ id }) => parentPort.postMessage({ id, error: ${JSON.stringify(problem)} }));`,
  );
  const pool = decodePool(1, file);
  const options = { channels: 3, convert: false, maximumPixels: 1 } as const;
  const error = await pool.run({ names: [], options }).catch((error: unknown) => error);
  expect((error as ArgumentError).problem).toEqual(problem);
  await pool.close();
});
