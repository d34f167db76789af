import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dynamicThreshold } from './index.js';

interface Case {
  readonly quantile: number;
  readonly max: number;
  readonly x0: readonly number[];
}
const { threshold }: { threshold: { x: number[]; cases: readonly Case[] } } = JSON.parse(
  readFileSync(new URL('../test/fixtures/solvers.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const apply = (
  x: number[],
  options?: { quantile?: number; max?: number },
  shape: [number, number, number, number] = [2, 2, 2, 3],
) => tf.tidy(() => [...dynamicThreshold(tf.tensor4d(x, shape), options).dataSync()]);

describe('dynamicThreshold', () => {
  it.each(threshold.cases)("is diffusers': quantile $quantile, max $max", ({ quantile, max, x0 }) => {
    apply(threshold.x, { quantile, max }).forEach((value, i) => expect(value).toBeCloseTo(x0[i]!, 6));
  });

  it('leaves images within [−1, 1] alone, and treats each image by itself', () => {
    expect(apply([0.5, -1, 0.1, 4], { quantile: 1 }, [2, 1, 2, 1])).toEqual(
      [0.5, -1, Math.fround(0.1) / 4, 1].map(Math.fround),
    );
    expect(apply([], {}, [0, 1, 1, 1])).toEqual([]);
    expect(apply([3], {}, [1, 1, 1, 1])).toEqual([1]);
  });

  it('makes one tensor, and refuses options out of range', () => {
    const x = tf.zeros([1, 2, 2, 1]) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    const y = dynamicThreshold(x);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([x, y]);
    expect(() => dynamicThreshold(x, { quantile: 0 })).toThrow(/quantile must be in \(0, 1\]/);
    expect(() => dynamicThreshold(x, { max: 0 })).toThrow(/max must be positive/);
  });
});
