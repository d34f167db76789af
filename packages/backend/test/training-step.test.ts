import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

const CHANNELS = 8;
const SHAPES = {
  classes: [5, CHANNELS],
  stem: [3, 3, 3, CHANNELS],
  scale: [CHANNELS],
  offset: [CHANNELS],
  down: [3, 3, CHANNELS, CHANNELS],
  qkv: [1, 1, CHANNELS, 3 * CHANNELS],
  output: [1, 1, CHANNELS, CHANNELS],
  up: [3, 3, CHANNELS, CHANNELS],
  head: [3, 3, 2 * CHANNELS, 3],
} as const;
type Name = keyof typeof SHAPES;
type Weights = Record<Name, tf.Tensor>;

function draw(name: string, shape: readonly number[], scale = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = createRng(3).split(name).fillNormal(new Float32Array(size));
  return tf.tensor(
    values.map((value) => value * scale),
    [...shape],
  );
}

/** A small network with what a U-Net has: norm, SiLU, stride, attention, upsampling, skip, class embedding. */
function network(weights: Weights, x: tf.Tensor4D, labels: tf.Tensor1D): tf.Tensor4D {
  const conv = (h: tf.Tensor4D, name: Name, stride = 1) =>
    tf.conv2d(h, weights[name] as tf.Tensor4D, stride, 'same');
  const normSilu = (h: tf.Tensor4D): tf.Tensor4D => {
    const [batch, height, width, channels] = h.shape;
    const grouped = tf.reshape(h, [batch, height * width, 4, channels / 4]);
    const centered = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), [1, 3], true), 1e-5));
    const normalized = tf.reshape(tf.mul(centered, inverse), h.shape);
    const y: tf.Tensor4D = tf.add(tf.mul(normalized, weights.scale), weights.offset);
    return tf.mul(y, tf.sigmoid(y));
  };
  const attention = (h: tf.Tensor4D): tf.Tensor4D => {
    const [batch, height, width, channels] = h.shape;
    const tokens = tf.reshape(conv(normSilu(h), 'qkv'), [batch, height * width, 3 * channels]);
    const [q, k, v] = tf.split(tokens, 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const mixed = tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), channels ** -0.5)), v);
    return tf.add(h, conv(tf.reshape(mixed, h.shape), 'output'));
  };
  const embedding = tf.reshape(tf.gather(weights.classes, labels), [x.shape[0], 1, 1, CHANNELS]);
  const skip: tf.Tensor4D = tf.add(conv(x, 'stem'), embedding);
  const low = attention(conv(normSilu(skip), 'down', 2));
  const [, height, width] = skip.shape;
  const high = conv(tf.image.resizeNearestNeighbor(low, [height, width]), 'up');
  return conv(tf.concat([normSilu(high), skip], -1), 'head');
}

/** The loss of each of five steps of Adam from the same weights on the same batch. */
function losses(): number[] {
  return tf.tidy(() => {
    const names = Object.keys(SHAPES) as Name[];
    const batch = 6;
    const x = draw('x', [batch, 8, 8, 3]) as tf.Tensor4D;
    const target = draw('target', [batch, 8, 8, 3]);
    const labels = tf.tensor1d([0, 3, 1, 3, 4, 3], 'int32');
    const lossOf = (...weights: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, weights[i]])) as Weights;
      return tf.mean(tf.squaredDifference(network(named, x, labels), target)) as tf.Scalar;
    };
    let weights = names.map((name) =>
      name === 'scale' ? tf.ones([CHANNELS]) : draw(name, SHAPES[name], 0.2),
    );
    let means = weights.map((w) => tf.zerosLike(w));
    let squares = means;
    return [1, 2, 3, 4, 5].map((step) => {
      const { value, grads } = tf.valueAndGrads(lossOf)(weights);
      means = means.map((m, i) => tf.add(tf.mul(m, 0.9), tf.mul(grads[i] as tf.Tensor, 0.1)));
      squares = squares.map((v, i) =>
        tf.add(tf.mul(v, 0.999), tf.mul(tf.square(grads[i] as tf.Tensor), 0.001)),
      );
      weights = weights.map((w, i) => {
        const mean = tf.div(means[i] as tf.Tensor, 1 - 0.9 ** step);
        const square = tf.div(squares[i] as tf.Tensor, 1 - 0.999 ** step);
        return tf.sub(w, tf.mul(tf.div(mean, tf.add(tf.sqrt(square), 1e-8)), 0.01));
      });
      return value.dataSync()[0] as number;
    });
  });
}

describe('a training step', () => {
  const available: string[] = [];
  const found: Record<string, number[]> = {};
  beforeAll(async () => {
    for (const backend of await availableBackends(selectBackend)) {
      await selectBackend({ backend });
      available.push(backend);
      found[backend] = losses();
    }
  });

  it('runs on wasm and cpu, wherever this is', () => {
    expect(available).toEqual(expect.arrayContaining(['wasm', 'cpu']));
  });

  it('lowers the loss', () => {
    for (const [first, , , , last] of Object.values(found))
      expect(last).toBeLessThan(0.9 * (first as number));
  });

  it('gives the same loss on every backend, within 1e-4, at each of five steps', () => {
    for (const backend of available) {
      expect(found[backend], backend).toBeAllClose(found['cpu'] as number[], { rtol: 0, atol: 1e-4 });
    }
  });
});
