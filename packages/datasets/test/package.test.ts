import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fashionMnist10k } from '../src/index.js';
import { expect, test } from 'vitest';

test('the published package holds the data and their license', () => {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(listing) as [{ files: { path: string; size: number }[] }];
  const sizes = Object.fromEntries(files.map(({ path, size }) => [path, size]));
  expect(sizes).toMatchObject({
    'data/t10k-images-idx3-ubyte.gz': 4_422_079,
    'data/t10k-labels-idx1-ubyte.gz': 5_125,
    'data/LICENSE': expect.any(Number),
  });
  expect(files.filter(({ path }) => /\.test\./.test(path))).toEqual([]);
});

test('the package opens its data by its own address, not by the working directory', async () => {
  const before = process.cwd();
  process.chdir('/');
  try {
    await expect(fashionMnist10k()).resolves.toMatchObject({ name: 'fashion-mnist-10k' });
  } finally {
    process.chdir(before);
  }
});
