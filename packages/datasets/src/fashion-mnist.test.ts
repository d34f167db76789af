import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FASHION_MNIST_CLASSES, fashionMnist, fashionMnist10k } from './fashion-mnist.js';
import { toImages } from './pixels.js';

const images = 't10k-images-idx3-ubyte';
const labels = 't10k-labels-idx1-ubyte';
let directory: string;
let shipped: { images: Buffer; labels: Buffer };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fashion-'));
  shipped = {
    images: await readFile(new URL(`../data/${images}.gz`, import.meta.url)),
    labels: await readFile(new URL(`../data/${labels}.gz`, import.meta.url)),
  };
});
afterAll(() => rm(directory, { recursive: true }));

// The SHA-256 of the unpacked files are in other people's sources too, who unpacked Zalando's own archives, e.g. in
// the fashion-mnist readers of Rust crates; that fashionMnist10k() resolves at all shows that ours are the same bytes.
describe('fashionMnist10k', () => {
  test('is 10,000 images of 28×28, 1,000 of each of 10 classes (Xiao et al. 2017, Table 1)', async () => {
    const dataset = await fashionMnist10k();
    expect(dataset.images.shape).toEqual([10000, 28, 28, 1]);
    const counts = new Array<number>(10).fill(0);
    dataset.labels?.forEach((label) => (counts[label] = (counts[label] as number) + 1));
    expect(counts).toEqual(new Array(10).fill(1000));
    expect(dataset.classNames).toBe(FASHION_MNIST_CLASSES);
    expect(dataset.name).toBe('fashion-mnist-10k');
  });

  test('starts with an ankle boot, as everyone who plots it knows', async () => {
    const dataset = await fashionMnist10k();
    expect(FASHION_MNIST_CLASSES[dataset.labels?.[0] as number]).toBe('Ankle boot');
  });

  test('has shoes that point one way, so it allows no flip: mean shoe and mirrored mean shoe differ', async () => {
    const dataset = await fashionMnist10k();
    const mean = new Float64Array(784);
    const { x0 } = toImages(dataset);
    dataset.labels?.forEach((label, i) => {
      if (label === 9)
        for (let p = 0; p < 784; p++) mean[p] = (mean[p] as number) + (x0.data[784 * i + p] as number) + 1;
    });
    const mirror = (p: number): number => p - (p % 28) + 27 - (p % 28);
    const difference = mean.reduce((sum, v, p) => sum + Math.abs(v - (mean[mirror(p)] as number)), 0);
    expect(difference / mean.reduce((sum, v) => sum + v, 0)).toBeGreaterThan(0.5);
    expect(dataset.allowsFlip).toBe(false);
  });
});

describe('fashionMnist', () => {
  const put = async (content: Buffer, labelContent: Buffer = shipped.labels): Promise<void> => {
    await writeFile(join(directory, `${images}.gz`), content);
    await writeFile(join(directory, `${labels}.gz`), labelContent);
  };
  const open = (): Promise<unknown> => fashionMnist({ directory, split: 'test' });

  test('reads gzipped files of a folder, given as a path or a URL, however they are packed', async () => {
    await put(gzipSync(gunzipSync(shipped.images), { level: 1 }));
    const ours = await fashionMnist10k();
    for (const where of [directory, pathToFileURL(directory)]) {
      const dataset = await fashionMnist({ directory: where, split: 'test' });
      expect(Buffer.compare(dataset.images.data, ours.images.data)).toBe(0);
      expect(dataset.labels).toEqual(ours.labels);
    }
  });

  test('reads files that are not gzipped', async () => {
    await rm(join(directory, `${images}.gz`), { force: true });
    await writeFile(join(directory, images), gunzipSync(shipped.images));
    await writeFile(join(directory, `${labels}.gz`), shipped.labels);
    await expect(open()).resolves.toMatchObject({ name: 'fashion-mnist-10k' });
    await rm(join(directory, images));
  });

  test('names a truncated archive, with expected and found size', async () => {
    await put(shipped.images.subarray(0, 1_000_000));
    await expect(open()).rejects.toThrow(
      /^fashionMnist: t10k-images-idx3-ubyte must hold 7840016 bytes, got other content \(gunzip: .* of which \d+ could be unpacked .+\), from a file of 1000000 bytes; fetch the file again$/,
    );
  });

  test('unpacks no more than the size that is known', async () => {
    await put(gzipSync(new Uint8Array(100_000_000), { level: 1 }));
    await expect(open()).rejects.toThrow(
      /must hold 7840016 bytes, got other content \(gunzip: .* must unpack to at most 7840016 bytes, got more\)/,
    );
  });

  test('names a file of another size', async () => {
    await put(shipped.images, gzipSync(gunzipSync(shipped.labels).subarray(0, 5000)));
    await expect(open()).rejects.toThrow(
      /t10k-labels-idx1-ubyte must hold 10008 bytes, got 5000, from a file of/,
    );
  });

  test('names a file with one changed byte, with expected and found checksum', async () => {
    const changed = gunzipSync(shipped.images);
    changed[5000] = (changed[5000] as number) ^ 1;
    await put(gzipSync(changed, { level: 1 }));
    await expect(open()).rejects.toThrow(
      /t10k-images-idx3-ubyte must have the SHA-256 5b4141f0[0-9a-f]{56}, got [0-9a-f]{64};/,
    );
  });

  test('says which file a folder lacks and where to get it', async () => {
    await expect(fashionMnist({ directory })).rejects.toThrow(
      /directory must hold train-images-idx3-ubyte\.gz or train-images-idx3-ubyte, got file:.*github\.com\/zalandoresearch/,
    );
  });

  test('refuses other splits', async () => {
    // @ts-expect-error a caller without types
    await expect(fashionMnist({ directory, split: 'valid' })).rejects.toThrow(
      'split must be "train" or "test"',
    );
  });
});
