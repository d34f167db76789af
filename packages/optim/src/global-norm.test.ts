import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyUpdates } from './apply-updates.js';
import { clipByGlobalNorm, globalNorm } from './global-norm.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('globalNorm', () => {
  it.each([
    [[], 0],
    [{ a: [3, 4] }, 5],
    [[{ a: [1, 2] }, { b: { c: [2, 0] } }], 3],
  ])('of %j is %f', (tree, norm) => {
    tf.tidy(() => {
      const toTree = (node: unknown): tf.Tensor | object =>
        Array.isArray(node) && typeof node[0] === 'number'
          ? tf.tensor1d(node as number[])
          : Array.isArray(node)
            ? node.map(toTree)
            : Object.fromEntries(Object.entries(node as object).map(([key, child]) => [key, toTree(child)]));
      expect(globalNorm(toTree(tree) as never).dataSync()[0]).toBeCloseTo(norm, 6);
    });
  });

  it('leaks nothing', () => {
    const tree = { a: tf.ones([2]), b: tf.ones([3]) };
    const before = tf.memory().numTensors;
    globalNorm(tree).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('clipByGlobalNorm', () => {
  const clipped = (values: number[], maxNorm: number): number[] =>
    tf.tidy(() => [
      ...clipByGlobalNorm(maxNorm)
        .update({ g: tf.tensor1d(values) }, [], {}, {})
        .updates['g']!.dataSync(),
    ]);

  it('leaves a short gradient as it is, to the bit', () => {
    expect(clipped([0.3, -0.4], 1)).toEqual([Math.fround(0.3), Math.fround(-0.4)]);
    expect(clipped([0, 0], 1)).toEqual([0, 0]);
  });

  it('keeps the direction of a long one', () => {
    const [x, y] = clipped([30, -40], 1);
    expect(x).toBeCloseTo(0.6, 6);
    expect(y).toBeCloseTo(-0.8, 6);
  });

  it('passes NaN on rather than hide it', () => {
    expect(clipped([1, NaN], 1).every(Number.isNaN)).toBe(true);
  });

  it('refuses a norm that is not positive', () => {
    expect(() => clipByGlobalNorm(0)).toThrow(
      new RangeError('clipByGlobalNorm: maxNorm must be positive, got 0'),
    );
  });
});

describe('applyUpdates', () => {
  it('adds, gives new tensors and leaks nothing', () => {
    const params = { a: tf.tensor1d([1, 2]), b: tf.scalar(3) };
    const updates = { b: tf.scalar(-1), a: tf.tensor1d([0.5, 0]) };
    const before = tf.memory().numTensors;
    const next = applyUpdates(params, updates);
    expect([...next['a']!.dataSync(), ...next['b']!.dataSync()]).toEqual([1.5, 2, 2]);
    tf.dispose(next);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the parameter that has no update', () => {
    expect(() => applyUpdates({ a: tf.scalar(1) }, {})).toThrow(
      new RangeError('applyUpdates: updates must have "a", got none'),
    );
  });
});
