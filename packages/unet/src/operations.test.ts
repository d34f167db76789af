import { selectBackend } from '@immiscible/backend';
import {
  availableBackends,
  describeGradients,
  expectNoLeak,
  type GradientCase,
  type GradientInput,
} from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attentionBlock } from './attention.js';
import { groupNorm } from './group-norm.js';
import { declareConvolution, declareDense, pointwise } from './layers.js';
import { blur, downsample, type Taps, upsample } from './resample.js';
import { silu } from './silu.js';
import { depthToSpace, spaceToDepth } from './space-to-depth.js';
import { timeEmbedding } from './time-embedding.js';
import { wave } from '../test/wave.js';
import { upsampleConvolve } from './upsample.js';

const smooth = (...shape: number[]): GradientInput => ({ shape });
const waves = (shape: number[], phase: number): tf.Tensor => tf.tensor(wave(shape, phase), shape);
const positional = (channels: number) =>
  ({ type: 'positional', order: 'sinCos', frequencyShift: 1, channels }) as const;
const noDeclaration = (name: string) => name;

/** The attention block as a function of its six parameters and its input. */
function attention(heads: number): GradientCase {
  const names: string[] = [];
  const shapes: (readonly number[])[] = [];
  const block = attentionBlock(
    (name, shape) => {
      names.push(name);
      shapes.push(shape);
      return name;
    },
    'a',
    { channels: 4, heads, groups: 2, epsilon: 1e-6 },
  );
  return {
    name: `attention, ${heads} heads`,
    inputs: [smooth(2, 2, 3, 4), ...shapes.map((shape) => smooth(...shape))],
    run: (x: tf.Tensor4D, ...values: tf.Tensor[]) =>
      // Halved, so that the softmax is smooth over a step of the differences.
      block(Object.fromEntries(names.map((name, i) => [name, tf.mul(values[i]!, 0.5)])), x),
  };
}

const upsampled = (x: tf.Tensor4D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor4D =>
  upsampleConvolve(
    { 'u.weight': weight, 'u.bias': bias },
    declareConvolution(noDeclaration, 'u', 3, weight.shape[2]!, weight.shape[3]!),
    x,
  );

const cases: GradientCase[] = [
  { name: 'silu', inputs: [smooth(3, 5)], run: silu },
  {
    name: 'upsampleConvolve',
    inputs: [smooth(3, 2, 3, 2), smooth(3, 3, 2, 3), smooth(3)],
    run: (x: tf.Tensor4D, weight: tf.Tensor, bias: tf.Tensor) => upsampled(x, weight, bias),
  },
  { name: 'spaceToDepth', inputs: [smooth(2, 4, 6, 3)], run: (x: tf.Tensor4D) => spaceToDepth(x, 2) },
  { name: 'depthToSpace', inputs: [smooth(2, 2, 3, 8)], run: (x: tf.Tensor4D) => depthToSpace(x, 2) },
  ...[true, false].map((activation) => ({
    name: `groupNorm, odd groups, silu ${activation}`,
    inputs: [smooth(2, 3, 3, 6), smooth(6), smooth(6), smooth(2, 6)],
    run: (x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D, shift: tf.Tensor2D) =>
      groupNorm(x, scale, offset, { groups: 3, epsilon: 1e-6, silu: activation, shift }),
  })),
  {
    name: 'groupNorm, scale and offset of each image',
    inputs: [smooth(2, 3, 3, 6), smooth(2, 6), smooth(2, 6), smooth(2, 6)],
    run: (x: tf.Tensor4D, scale: tf.Tensor2D, offset: tf.Tensor2D, shift: tf.Tensor2D) =>
      groupNorm(x, scale, offset, { groups: 3, epsilon: 1e-6, silu: true, shift }),
  },
  ...([downsample, upsample, blur] as const).flatMap((run) =>
    (
      [
        [1, 1],
        [1, 3, 3, 1],
      ] as const
    ).map((taps) => ({
      name: `${run.name} by ${taps.join(', ')}`,
      inputs: [smooth(2, 4, 6, 3)],
      run: (x: tf.Tensor4D) => run(x, taps),
    })),
  ),
  {
    name: 'pointwise with a residual',
    inputs: [smooth(2, 2, 3, 4), smooth(4, 5), smooth(5), smooth(2, 2, 3, 5)],
    run: (x: tf.Tensor4D, weight: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor4D) =>
      pointwise({ 'p.weight': weight, 'p.bias': bias }, declareDense(noDeclaration, 'p', 4, 5), x, residual),
  },
  attention(1),
  attention(2),
];

/** What each output of a filter along one axis takes of each input, by the definition. */
function along(taps: Taps, kind: 'downsample' | 'upsample' | 'blur', size: number): number[][] {
  const sum = taps.reduce<number>((total, tap) => total + tap, 0);
  const before = (taps.length - 2) / 2;
  if (kind === 'upsample') {
    // Twice the transpose of the other.
    const down = along(taps, 'downsample', 2 * size);
    return Array.from({ length: 2 * size }, (_, o) => down.map((row) => 2 * row[o]!));
  }
  const [outputs, stride, shift] = kind === 'blur' ? [size + 1, 1, before + 1] : [size / 2, 2, before];
  return Array.from({ length: outputs }, (_, o) =>
    Array.from({ length: size }, (_, i) => (taps[i - stride * o + shift] ?? 0) / sum),
  );
}

const backends = await availableBackends(selectBackend);
for (const backend of backends) {
  describeGradients(backend, () => selectBackend({ backend }), { cases });
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('the time embedding is sines and cosines of frequencies from 1 to 1/10000', () => {
    tf.tidy(() => {
      const embedded = timeEmbedding(tf.tensor1d([0, 1, 250]), positional(8));
      // Four frequencies: 1, 10^(−4/3), 10^(−8/3), 10^(−4).
      const frequencies = [0, 1, 2, 3].map((i) => 10 ** ((-4 * i) / 3));
      const rows = [0, 1, 250].map((t) => [
        ...frequencies.map((f) => Math.sin(t * f)),
        ...frequencies.map((f) => Math.cos(t * f)),
      ]);
      expect(embedded).toBeAllClose(rows, { atol: 2e-5 });
    });
  });

  it('space to depth puts a block row by row, each pixel with its channels', () => {
    tf.tidy(() => {
      const x = tf.reshape(tf.range(0, 16), [1, 2, 4, 2]) as tf.Tensor4D;
      const y = spaceToDepth(x, 2);
      expect(y.shape).toEqual([1, 1, 2, 8]);
      expect([...y.dataSync()]).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15]);
    });
  });

  it.each([1, 2, 4])('depth to space undoes space to depth by %i', (r) => {
    tf.tidy(() => {
      const x = tf.reshape(tf.range(0, 2 * 8 * 4 * 3), [2, 8, 4, 3]) as tf.Tensor4D;
      const back = depthToSpace(spaceToDepth(x, r), r);
      expect(back.shape).toEqual(x.shape);
      expect([...back.dataSync()]).toEqual([...x.dataSync()]);
    });
  });

  it('the upsampling convolution is nearest-neighbor resizing and a 3×3 convolution', () => {
    tf.tidy(() => {
      const x = waves([2, 3, 4, 5], 0.7) as tf.Tensor4D;
      const weight = waves([3, 3, 5, 6], 1.3) as tf.Tensor4D;
      const bias = waves([6], 0.4);
      const apart = tf.add(tf.conv2d(tf.image.resizeNearestNeighbor(x, [6, 8]), weight, 1, 'same'), bias);
      expect(upsampled(x, weight, bias)).toBeAllClose(apart, { atol: 1e-5 });
    });
  });

  it.each([
    ['downsample', downsample],
    ['upsample', upsample],
    ['blur', blur],
  ] as const)('%s is a filter along each axis, with zeros outside', (name, run) => {
    tf.tidy(() => {
      for (const taps of [
        [1, 1],
        [1, 3, 3, 1],
      ] as const) {
        const x = waves([1, 4, 6, 1], 0.3) as tf.Tensor4D;
        const rows = tf.tensor2d(along(taps, name, 4));
        const columns = tf.tensor2d(along(taps, name, 6));
        const expected = tf.matMul(tf.matMul(rows, tf.reshape(x, [4, 6])), columns, false, true);
        const y = run(x, taps);
        expect(y.shape).toEqual([1, ...expected.shape, 1]);
        expect(tf.reshape(y, expected.shape as [number, number])).toBeAllClose(expected, { atol: 1e-6 });
      }
    });
  });

  it('a Fourier embedding is sines and cosines of 2π times its frequencies, of the time or its logarithm', () => {
    tf.tidy(() => {
      const [frequencies, times] = [
        [0.3, -1.7],
        [0.5, 2],
      ];
      for (const logarithm of [false, true]) {
        const options = { type: 'fourier', channels: 4, scale: 16, seed: 0, frequencies, logarithm } as const;
        const rows = times.map((t) => {
          const angles = frequencies.map((g) => 2 * Math.PI * g * (logarithm ? Math.log(t) : t));
          return [angles.map(Math.sin), angles.map(Math.cos)] as const;
        });
        const time = tf.tensor1d(times);
        expect(timeEmbedding(time, { ...options, order: 'sinCos' })).toBeAllClose(
          rows.map(([sines, cosines]) => [...sines, ...cosines]),
          { atol: 1e-5 },
        );
        expect(timeEmbedding(time, { ...options, order: 'cosSin' })).toBeAllClose(
          rows.map(([sines, cosines]) => [...cosines, ...sines]),
          { atol: 1e-5 },
        );
      }
    });
  });

  it('drawn frequencies are those of the seed, as wide as the scale', () => {
    tf.tidy(() => {
      const drawn = (seed: number, scale: number) => {
        const options = {
          type: 'fourier',
          channels: 2048,
          scale,
          seed,
          frequencies: [],
          logarithm: false,
        } as const;
        // At a time so short that no sine turns: the sines are the angles.
        const y = timeEmbedding(tf.tensor1d([1e-5]), { ...options, order: 'sinCos' }).dataSync();
        return [...y.slice(0, 1024)].map((angle) => Math.asin(angle) / (2 * Math.PI * 1e-5));
      };
      expect(drawn(1, 16)).toEqual(drawn(1, 16));
      expect(drawn(1, 16)).not.toEqual(drawn(2, 16));
      const variance = drawn(1, 16).reduce((sum, g) => sum + g * g, 0) / 1024;
      // 1024 normal draws: the estimate's deviation is 4.4 %.
      expect(Math.abs(variance / 256 - 1)).toBeLessThan(4 * 0.044);
    });
  });

  it('operations leak nothing', async () => {
    const x = tf.ones([1, 4, 4, 4]) as tf.Tensor4D;
    const time = tf.zeros([2]) as tf.Tensor1D;
    await expectNoLeak(() => [
      silu(x),
      tf.tidy(() => upsampled(x, tf.ones([3, 3, 4, 2]), tf.zeros([2]))),
      spaceToDepth(x, 2),
      depthToSpace(x, 2),
      depthToSpace(x, 1),
      downsample(x, [1, 3, 3, 1]),
      upsample(x, [1, 3, 3, 1]),
      blur(x, [1, 1]),
      timeEmbedding(time, positional(4)),
    ]);
    tf.dispose([x, time]);
  });
});
