import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mnist } from './mnist.js';

// The checksums are those that several unrelated projects print for the unpacked files.
test('mnist refuses files that are not MNIST, with both checksums, and says where missing ones are', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mnist-'));
  await expect(mnist({ directory, split: 'test' })).rejects.toThrow(
    /must hold t10k-images-idx3-ubyte\.gz or t10k-images.*npx @immiscible\/datasets fetch mnist/,
  );
  const images = new Uint8Array(7_840_016);
  images.set([0, 0, 8, 3, 0, 0, 0x27, 0x10, 0, 0, 0, 28, 0, 0, 0, 28]);
  await writeFile(join(directory, 't10k-images-idx3-ubyte.gz'), gzipSync(images, { level: 1 }));
  await writeFile(join(directory, 't10k-labels-idx1-ubyte.gz'), gzipSync(new Uint8Array(10_008)));
  await expect(mnist({ directory, split: 'test' })).rejects.toThrow(
    't10k-images-idx3-ubyte must have the SHA-256 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  );
  await rm(directory, { recursive: true });
});
