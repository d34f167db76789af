import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dropoutLayers } from '../src/dropout.js';
import { unet, type UnetConfig } from '../src/index.js';
import { countersOf, randomWords } from '../src/random-words.js';

const config: UnetConfig = {
  imageChannels: 1,
  channels: 8,
  channelMultipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 4,
  dropout: 0.25,
};
/** The first words of Philox4x32-10 blocks 0 … 8 under the key of src/random-words.ts, modulo 12289, by Python. */
const ROUND_CONSTANTS = [7507, 8769, 1403, 9449, 4796, 7136, 3378, 6175, 6485];
const seedOf = (seed: number) => tf.scalar(seed, 'int32');

/** Whether each activation is kept, 1 or 0: `[B,H,W,C]` of ones through dropout. */
function keptOf(
  rate: number,
  seed: number,
  shape: [number, number, number, number],
  name = 'a',
): Float32Array {
  return tf.tidy(() => {
    const layers = dropoutLayers(rate);
    for (const layer of ['a', 'b']) layers.declare(layer, shape[3]);
    const masks = layers.masks(seedOf(seed), shape[0] * shape[1] * shape[2]);
    return tf.greater(masks.of(name)(tf.ones(shape)), 0).dataSync() as Float32Array;
  });
}
const mean = (x: ArrayLike<number>) => Array.from(x).reduce((sum, value) => sum + value, 0) / x.length;

/** The correlation of two lists of zeros and ones of a known mean, in standard deviations of independent ones'. */
function correlation(x: ArrayLike<number>, y: ArrayLike<number>, mean: number): number {
  const products = Array.from(x, (value, i) => (value - mean) * ((y[i] as number) - mean));
  return products.reduce((sum, value) => sum + value, 0) / (mean * (1 - mean) * Math.sqrt(x.length));
}

/** A network's weights, all of them away from zero. */
function weights(model: ReturnType<typeof unet>): Params {
  return Object.fromEntries(
    Object.entries(model.shapes).map(([name, shape]) => {
      const size = shape.reduce((count, length) => count * length, 1);
      const draws = createRng(3)
        .split(name)
        .fillNormal(new Float32Array(size))
        .map((value) => 0.3 * value);
      return [name, tf.tensor(draws, [...shape])];
    }),
  );
}

const backends = await availableBackends(selectBackend);

describe.each(backends)('dropout on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('draws the words of the Feistel network, computed with integers of any size', () => {
    tf.tidy(() => {
      const p = 12_289n;
      const mod = (x: bigint, n: bigint) => ((x % n) + n) % n;
      for (const seed of [0, 1, 2 ** 31 - 1, -7]) {
        const counters = countersOf('down.0.0', 2000);
        const words = randomWords(seedOf(seed), counters);
        const [first, second] = [words.first.dataSync(), words.second.dataSync()];
        const digits: bigint[] = [];
        for (let rest = BigInt(seed), k = 0; k < 3; k++) {
          digits.push(mod(rest, p));
          rest = (rest - mod(rest, p)) / p;
        }
        const constants = ROUND_CONSTANTS.map(BigInt);
        counters.low.forEach((low, i) => {
          let [left, right] = [BigInt(low), BigInt(counters.high[i]!)];
          constants.forEach((constant, round) => {
            const sum = left + mod(digits[round % 3]! + constant, p);
            [left, right] = [mod(right + sum * sum, p), left];
          });
          if (first[i] !== Number(left % 4096n) || second[i] !== Number(right % 4096n)) {
            expect.fail(`seed ${seed}, counter ${i}`);
          }
        });
      }
    });
  });

  it('gives each activation 0 or its value over the rate kept, whose gradient is the same', () => {
    tf.tidy(() => {
      const x = tf.tensor4d(createRng(1).fillNormal(new Float32Array(2 * 4 * 4 * 8)), [2, 4, 4, 8]);
      const layers = dropoutLayers(0.25);
      layers.declare('a', 8);
      const of = layers.masks(seedOf(11), 32).of('a');
      const { value, grad } = tf.valueAndGrad((x) => of(x as tf.Tensor4D))(x);
      const slopes = grad.dataSync();
      const zeros = slopes.filter((slope) => slope === 0).length;
      expect(zeros).toBeGreaterThan(30);
      expect(slopes.every((slope) => slope === 0 || Math.abs(slope - 4 / 3) < 1e-6)).toBe(true);
      expect(value).toBeAllClose(tf.mul(x, grad), { atol: 1e-6 });
    });
  });

  it('in a network is off without a seed, and a function of the seed with one', () => {
    tf.tidy(() => {
      const model = unet(config);
      const params = weights(model);
      const x = tf.tensor4d(createRng(5).fillNormal(new Float32Array(2 * 64)), [2, 8, 8, 1]);
      const time = tf.tensor1d([3, 500]);
      const at = (seed?: number, network = model) => [
        ...network.apply(params, x, time, seed === undefined ? {} : { dropoutSeed: seedOf(seed) }).dataSync(),
      ];
      const plain = unet({ ...config, dropout: 0 });
      expect(at()).toEqual(at(undefined, plain));
      expect(at(4, plain)).toEqual(at());
      expect(at(4)).toEqual(at(4));
      expect(at(4)).not.toBeAllClose(at(), { atol: 1e-2 });
      expect(at(4)).not.toBeAllClose(at(5), { atol: 1e-2 });
    });
  });

  it('leaks nothing, forward or backward', async () => {
    const model = unet(config);
    const params = weights(model);
    const [x, time, dropoutSeed] = [tf.ones([1, 4, 4, 1]), tf.zeros([1]), seedOf(0)];
    const loss = (x: tf.Tensor): tf.Scalar =>
      tf.mean(model.apply(params, x as tf.Tensor4D, time as tf.Tensor1D, { dropoutSeed }));
    await expectNoLeak(() => tf.valueAndGrad(loss)(x));
    tf.dispose([params as tf.NamedTensorMap, x, time, dropoutSeed]);
  });
});

describe("dropout's choices", () => {
  const shape: [number, number, number, number] = [4, 8, 8, 64];
  const size = 4 * 8 * 8 * 64;

  it('are the same on every backend', async () => {
    const masks = [];
    for (const backend of backends) {
      await selectBackend({ backend });
      masks.push(keptOf(0.3, 123_456_789, shape));
    }
    for (const mask of masks) expect(mask).toEqual(masks[0]);
  });

  it.each([0.1, 0.13, 0.5, 0.9])('drop a share of %d, within 4 standard deviations', (rate) => {
    const shares = Array.from({ length: 20 }, (_, seed) => 1 - mean(keptOf(rate, seed, shape)));
    // The rate is rounded to 1/4096.
    const exact = Math.round(rate * 4096) / 4096;
    const deviation = Math.sqrt((rate * (1 - rate)) / (20 * size));
    expect(Math.abs(mean(shares) - exact)).toBeLessThan(4 * deviation);
    // A seed's own share spreads as that of independent choices: χ² of 20 degrees of freedom, 99.99 % under 52.4.
    const squares = shares.map((share) => (share - exact) ** 2 / ((rate * (1 - rate)) / size));
    expect(squares.reduce((sum, square) => sum + square, 0)).toBeLessThan(52.4);
  });

  it('do not depend on other activations, layers or seeds', () => {
    const rate = 0.5;
    const mask = keptOf(rate, 7, shape);
    const pairs: [string, ArrayLike<number>, ArrayLike<number>][] = [
      ['the next channel', mask.subarray(0, size - 1), mask.subarray(1)],
      ['the next pixel', mask.subarray(0, size - 64), mask.subarray(64)],
      ['the next row', mask.subarray(0, size - 64 * 8), mask.subarray(64 * 8)],
      ['the next image', mask.subarray(0, size - 64 * 64), mask.subarray(64 * 64)],
      ['the other layer', mask, keptOf(rate, 7, shape, 'b')],
      ['the next seed', mask, keptOf(rate, 8, shape)],
      ['a seed that differs in its high bits', mask, keptOf(rate, 7 + 2 ** 29, shape)],
    ];
    for (const [name, x, y] of pairs) expect(Math.abs(correlation(x, y, rate)), name).toBeLessThan(4);
  });

  it('drop the smallest share that there is, 1/4096, in every channel alike', () => {
    const dropped = Array.from(
      { length: 100 },
      (_, seed) => size * (1 - mean(keptOf(1 / 4096, seed, shape))),
    );
    // 400 of 1,638,400: the deviation is 20.
    expect(Math.abs(dropped.reduce((sum, count) => sum + count, 0) - 400)).toBeLessThan(80);
  });

  it('of any two channels, and of any two pixels, go together no more than chance has it', () => {
    for (let seed = 0; seed < 3; seed++) {
      const mask = keptOf(0.5, seed, [1, 16, 16, 64]);
      const channels = Array.from({ length: 64 }, (_, j) => mask.filter((_, i) => i % 64 === j));
      const pixels = Array.from({ length: 256 }, (_, i) => mask.subarray(64 * i, 64 * (i + 1)));
      // The largest of 2,016 correlations, in standard deviations of independent ones: under 5 in 999 of 1,000 seeds.
      for (const lists of [channels, pixels.slice(0, 64)]) {
        const all = lists.flatMap((x, i) => lists.slice(i + 1).map((y) => Math.abs(correlation(x, y, 0.5))));
        expect(Math.max(...all)).toBeLessThan(5);
      }
    }
  });

  it('of one activation over seeds come in the rate, at each of them', () => {
    const [rate, seeds] = [0.25, 400];
    const dropped = new Float64Array(64);
    for (let seed = 0; seed < seeds; seed++) {
      keptOf(rate, seed, [1, 2, 2, 16]).forEach((kept, i) => (dropped[i]! += 1 - kept));
    }
    // χ² of 64 degrees of freedom: 99.99 % under 113.
    const squares = dropped.map((count) => (count - rate * seeds) ** 2 / (seeds * rate * (1 - rate)));
    expect(squares.reduce((sum, square) => sum + square, 0)).toBeLessThan(113);
  });
});
