import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(() => selectBackend({ backend: 'wasm' }));

const normal = (name: string, shape: number[]) =>
  tf.tensor(
    createRng(1)
      .split(name)
      .fillNormal(new Float32Array(tf.util.sizeFromShape(shape))),
    shape,
  );

/** `Σ_k a[i,k]·b[k,j]` of one matrix pair, in float64. */
function product(a: number[][], b: number[][]): number[][] {
  return a.map((row) =>
    (b[0] as number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] as number), 0)),
  );
}
const turned = (m: number[][]) => (m[0] as number[]).map((_, j) => m.map((row) => row[j] as number));

describe('matMul on wasm', () => {
  it.each([
    [[2, 1, 3, 4], [1, 3, 4, 2], false, false],
    [[2, 1, 4, 3], [1, 3, 2, 4], true, true],
    [[3, 3, 4], [1, 4, 2], false, false],
    [[1, 3, 4], [3, 2, 4], false, true],
    [[5, 1, 4], [5, 4, 1], false, false],
  ] as const)('is the sum of products for shapes %s and %s, transposed %s, %s', (shapeA, shapeB, ta, tb) => {
    const [a, b] = [normal('a', [...shapeA]), normal('b', [...shapeB])];
    const out = tf.matMul(a, b, ta, tb);
    const batch = out.shape.slice(0, -2);
    const size = out.shape.at(-1) as number;
    const rows = out.shape.at(-2) as number;
    // Every matrix of the broadcast batch, by way of TF.js's own broadcasting of shapes.
    const matrices = (t: tf.Tensor) => {
      const matrix = t.shape.slice(-2) as [number, number];
      return tf.reshape<tf.Rank.R3>(tf.broadcastTo(t, [...batch, ...matrix]), [-1, ...matrix]).arraySync();
    };
    const expected = matrices(a).flatMap((m, i) => {
      const other = matrices(b)[i] as number[][];
      return product(ta ? turned(m) : m, tb ? turned(other) : other).flat();
    });
    expect(expected.length).toBe(tf.util.sizeFromShape(batch) * rows * size);
    expect(out).toBeAllClose(expected, { atol: 1e-5 });
  });

  it('gives an empty product for an empty batch', () => {
    expect(tf.matMul(tf.zeros([0, 2, 3]), tf.zeros([0, 3, 4])).shape).toEqual([0, 2, 4]);
  });

  it('refuses inner sizes that differ', () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/inner/);
  });
});

describe('sum and mean on wasm', () => {
  const shape = [3, 4, 5, 6];
  it.each([[[0]], [[3]], [[1, 2]], [[0, 2]], [[1, 3]], [[0, 1, 3]], [[0, 1, 2, 3]], [[]]])(
    'add up over axes %s',
    (axes) => {
      const x = normal('x', shape);
      const values = x.dataSync();
      const kept = shape.map((size, axis) => (axes.includes(axis as never) ? 1 : size));
      const sums = new Float64Array(tf.util.sizeFromShape(kept));
      values.forEach((value, i) => {
        let [rest, at, stride] = [i, 0, 1];
        for (let axis = 3; axis >= 0; axis--) {
          const index = rest % (shape[axis] as number);
          rest = Math.floor(rest / (shape[axis] as number));
          if (kept[axis] !== 1) at += index * stride;
          stride *= kept[axis] as number;
        }
        sums[at]! += value;
      });
      expect(tf.sum(x, axes, true)).toBeAllClose(tf.tensor(Array.from(sums), kept), { atol: 1e-5 });
      const count = values.length / sums.length;
      expect(tf.mean(x, axes)).toBeAllClose(
        sums.map((sum) => sum / count),
        { atol: 1e-6 },
      );
    },
  );

  it('keep the digits of a long sum: 2^24 ones and a half, added in float32, would stay at 2^24', () => {
    expect(tf.sum(tf.concat([tf.fill([1], 2 ** 24), tf.ones([64])])).dataSync()[0]).toBe(2 ** 24 + 64);
  });

  it('add integers and booleans as integers', () => {
    const integers = tf.sum(
      tf.tensor(
        [
          [1, 2],
          [3, 2 ** 30],
        ],
        [2, 2],
        'int32',
      ),
      0,
    );
    expect(integers.dtype).toBe('int32');
    expect(integers.arraySync()).toEqual([4, 2 + 2 ** 30]);
    expect(tf.sum(tf.tensor([1, 0, 1], [3], 'bool')).dataSync()[0]).toBe(2);
  });

  it('are 0 and NaN of nothing', () => {
    expect(tf.sum(tf.zeros([0, 3]), 0).arraySync()).toEqual([0, 0, 0]);
    expect(tf.mean(tf.zeros([0, 3]), 0).arraySync()).toEqual([NaN, NaN, NaN]);
  });
});

describe('cast and clone on wasm', () => {
  it('make a bool of whether a number is not 0', () => {
    expect(tf.cast(tf.tensor1d([0, 0.5, -0.25, 2, 256]), 'bool').arraySync()).toEqual([0, 1, 1, 1, 1]);
  });

  it('cut a float to its whole part', () => {
    expect(tf.cast(tf.tensor1d([1.7, -1.7]), 'int32').arraySync()).toEqual([1, -1]);
  });

  it('keep the values of a clone when the original goes, and the other way round', async () => {
    await expectNoLeak(() => {
      const x = tf.tensor1d([1, 2, 3]);
      const copies = [tf.clone(x), tf.cast(x, 'float32'), tf.reshape(x, [3, 1])];
      x.dispose();
      const other = tf.zeros([3]);
      for (const copy of copies) expect(copy).toBeAllClose([1, 2, 3]);
      return [...copies, other];
    });
  });
});

describe('unsortedSegmentSum on wasm', () => {
  it('adds the rows of a segment and leaves out those of none', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const ids = tf.tensor1d([2, 0, 2, -1], 'int32');
    expect(tf.unsortedSegmentSum(x, ids, 3).arraySync()).toEqual([
      [3, 4],
      [0, 0],
      [6, 8],
    ]);
  });
});

describe('conv2d gradients on wasm', () => {
  it('leave nothing behind over a hundred steps', async () => {
    const gradients = tf.grads((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'));
    await expectNoLeak(() =>
      tf.tidy(() => {
        const x = normal('x', [2, 6, 6, 3]);
        const w = normal('w', [3, 3, 3, 4]);
        for (let i = 0; i < 100; i++) tf.dispose(gradients([x, w]));
        return [];
      }),
    );
  });
});
