import { createRng } from '@immiscible/core';
import { batches, createDataset, fashionMnist10k, resize } from '@immiscible/datasets';
import { describeBatchSource } from '@immiscible/testing/host';
import ndarray from 'ndarray';

const bytes = (count: number) =>
  ndarray(
    Uint8Array.from({ length: count * 48 }, (_, i) => (i * 37) % 251),
    [count, 4, 4, 3],
  );
const labels = (count: number) => Int32Array.from({ length: count }, (_, i) => i % 3);
const dataset = createDataset({ name: 'own', images: bytes(10), labels: labels(10), allowsFlip: true });

describeBatchSource('batches', () => batches(dataset, { batchSize: 4, rng: createRng(0), flip: true }));
describeBatchSource('batches that reuse their arrays', () =>
  batches(dataset, { batchSize: 4, rng: createRng(0), reuse: 2 }),
);
describeBatchSource('batches of Fashion-MNIST', async () =>
  batches(resize(await fashionMnist10k(), 14), { batchSize: 32, rng: createRng(1) }),
);
