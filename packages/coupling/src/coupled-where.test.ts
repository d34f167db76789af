import { type Batch, createRng } from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { gaussianBatch, row } from '@immiscible/testing/host';
import { coupledWhere } from './coupled-where.js';

type Inputs = HostInputs & {
  readonly x0: NdArray<Float32Array>;
  readonly noise: NdArray<Float32Array>;
  readonly level: NdArray<Float32Array>;
};

/** Draws a level in [0, 1) for each image, as every objective does. */
const objective: Objective<Inputs> = {
  prepare: ({ x0, noise }, rng) => {
    const count = x0.shape[0] as number;
    return { x0, noise, level: ndarray(rng.fillUniform(new Float32Array(count)), [count]) };
  },
  // No tensors here: what comes back is handed on.
  loss: () => 'the loss' as never,
};
const batch: Batch = gaussianBatch(createRng(0), { count: 400, shape: [6] });
const rng = () => createRng(3).split('objective');

describe('coupledWhere', () => {
  const plain = objective.prepare(batch, rng(), 0);

  test('is the objective itself, to the bit, where all are picked', () => {
    const inputs = coupledWhere(objective, () => true).prepare(batch, rng(), 0);
    expect(inputs).toEqual(plain);
    expect(inputs.noise.data).toBe(batch.noise.data);
  });

  test('keeps the coupled noise of those that are picked, by what the objective drew, and of no other', () => {
    const picks = ({ level }: Inputs, i: number) => level.get(i) >= 0.4;
    const { noise, x0, level } = coupledWhere(objective, picks).prepare(batch, rng(), 0);
    expect(level.data).toEqual(plain.level.data);
    expect(x0.data).toEqual(batch.x0.data);
    let kept = 0;
    for (let i = 0; i < 400; i++) {
      const same = row(noise, i).join() === row(batch.noise, i).join();
      expect(same).toBe(plain.level.get(i) >= 0.4);
      if (same) kept++;
    }
    // 0.6 of 400, standard deviation 9.8.
    expect(Math.abs(kept - 240)).toBeLessThan(40);
  });

  test('gives the others N(0, I) that has nothing to do with the image, even where the coupled noise is the image', () => {
    const near = { ...batch, noise: batch.x0 };
    const { noise } = coupledWhere(objective, () => false).prepare(near, rng(), 0);
    const size = noise.size;
    let [sum, squares, products, images] = [0, 0, 0, 0];
    noise.data.forEach((n, p) => {
      const x = batch.x0.data[p]!;
      sum += n;
      squares += n * n;
      products += n * x;
      images += x * x;
    });
    expect(Math.abs(sum / size)).toBeLessThan(4 / Math.sqrt(size));
    expect(Math.abs(squares / size - 1)).toBeLessThan(4 * Math.sqrt(2 / size));
    expect(Math.abs(products / images)).toBeLessThan(4 / Math.sqrt(images));
  });

  test('the noise of an image does not depend on which others are picked', () => {
    const first = coupledWhere(objective, (_, i) => i !== 5).prepare(batch, rng(), 0);
    const all = coupledWhere(objective, () => false).prepare(batch, rng(), 0);
    expect(row(first.noise, 5)).toEqual(row(all.noise, 5));
  });

  test('nothing that is passed in changes, and the loss is the objective’s', () => {
    const before = batch.noise.data.slice();
    const wrapped = coupledWhere(objective, () => false);
    const inputs = wrapped.prepare(batch, rng(), 0);
    expect(batch.noise.data).toEqual(before);
    expect(wrapped.loss({} as never, {}, inputs as never)).toBe('the loss');
  });
});
