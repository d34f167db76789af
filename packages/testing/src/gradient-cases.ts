import * as tf from '@tensorflow/tfjs-core';
import type { GradientCase, GradientInput } from './gradient-check.js';

type T4 = tf.Tensor4D;
const smooth = (...shape: number[]): GradientInput => ({ shape });
const positive = (...shape: number[]): GradientInput => ({ shape, values: 'positive' });
const separated = (...shape: number[]): GradientInput => ({ shape, values: 'separated' });
/** Away from every `separated` value. */
const far = (...shape: number[]): GradientInput => ({ shape, values: 'between' });

const unary = (name: string, f: (x: tf.Tensor) => tf.Tensor, input = smooth(2, 3, 4)): GradientCase => ({
  name,
  inputs: [input],
  run: f,
});
const binary = (
  name: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  a = smooth(2, 3, 4),
  b = smooth(2, 3, 4),
): GradientCase => ({ name, inputs: [a, b], run: f });

const elementwise: GradientCase[] = [
  binary('add', tf.add),
  binary('add, broadcast', tf.add, smooth(2, 3, 3, 4), smooth(4)),
  binary('sub', tf.sub),
  binary('sub, broadcast', tf.sub, smooth(2, 1, 4), smooth(3, 1)),
  binary('mul', tf.mul),
  binary('mul, broadcast', tf.mul, smooth(2, 3, 3, 4), smooth(2, 1, 1, 4)),
  binary('div', tf.div, smooth(2, 3, 4), positive(2, 3, 4)),
  binary('div, broadcast', tf.div, smooth(2, 3, 4), positive(3, 1)),
  binary('squaredDifference', tf.squaredDifference),
  binary('minimum', tf.minimum, separated(2, 3, 4), far(2, 3, 4)),
  binary('maximum', tf.maximum, separated(2, 3, 4), far(2, 3, 4)),
  binary('minimum, broadcast', tf.minimum, separated(2, 3, 4), far(1)),
  {
    name: 'addN',
    inputs: [smooth(2, 3), smooth(2, 3), smooth(2, 3)],
    run: (...xs: tf.Tensor[]) => tf.addN(xs),
  },
  binary('where', (a, b) => tf.where(tf.tensor([1, 0, 0, 1], [4], 'bool'), a, b)),
  unary('neg', tf.neg),
  unary('abs', tf.abs, separated(2, 3, 4)),
  unary('square', tf.square),
  unary('sqrt', tf.sqrt, positive(2, 3, 4)),
  unary('rsqrt', tf.rsqrt, positive(2, 3, 4)),
  unary('reciprocal', tf.reciprocal, positive(2, 3, 4)),
  unary('pow', (x) => tf.pow(x, 3), positive(2, 3, 4)),
  unary('exp', tf.exp),
  unary('log', tf.log, positive(2, 3, 4)),
  unary('sin', tf.sin),
  unary('cos', tf.cos),
  unary('tanh', tf.tanh),
  unary('sigmoid', tf.sigmoid),
  unary('softplus', tf.softplus),
  unary('relu', tf.relu, separated(2, 3, 4)),
  unary('silu, composed', (x) => tf.mul(x, tf.sigmoid(x))),
  unary('clipByValue', (x) => tf.clipByValue(x, -0.5, 0.5), separated(2, 3, 4)),
  unary('cast', (x) => tf.cast(x, 'float32')),
  unary('clone', (x) => tf.clone(x)),
];

const reductions: GradientCase[] = [
  unary('sum', (x) => tf.sum(x)),
  unary('sum over the last axis', (x) => tf.sum(x, -1)),
  unary('sum over the first axes', (x) => tf.sum(x, [0, 1], true)),
  unary('sum over the first and last axis', (x) => tf.sum(x, [0, 2])),
  unary('mean', (x) => tf.mean(x)),
  unary('mean over inner axes', (x) => tf.mean(x, [1, 3], true), smooth(2, 5, 3, 2)),
  unary('mean over pixels', (x) => tf.mean(x, [1, 2]), smooth(2, 3, 5, 4)),
  unary('max', (x) => tf.max(x, 1), separated(3, 4, 2)),
  unary('softmax', (x) => tf.softmax(x)),
  unary('logSoftmax', (x) => tf.logSoftmax(x)),
  unary('logSumExp', (x) => tf.logSumExp(x, -1)),
  unary('norm', (x) => tf.norm(x)),
  unary(
    'GroupNorm, composed',
    (x) => {
      const grouped = tf.reshape(x, [2, 9, 2, 2]);
      const centered = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
      const variance = tf.mean(tf.square(centered), [1, 3], true);
      return tf.mul(centered, tf.rsqrt(tf.add(variance, 1e-5)));
    },
    smooth(2, 3, 3, 4),
  ),
];

const shapes: GradientCase[] = [
  unary('reshape', (x) => tf.reshape(x, [4, 6])),
  unary('expandDims and squeeze', (x) => tf.squeeze(tf.expandDims(x, 1))),
  unary('transpose', (x) => tf.transpose(x, [2, 0, 1])),
  unary('transpose of rank 4', (x) => tf.transpose(x, [0, 2, 1, 3]), smooth(2, 3, 4, 2)),
  binary('concat of channels', (a, b) => tf.concat([a, b], -1), smooth(2, 3, 3, 4), smooth(2, 3, 3, 2)),
  binary('stack', (a, b) => tf.stack([a, b], 1)),
  unary('unstack', (x) => tf.mul(...(tf.unstack(x) as [tf.Tensor, tf.Tensor]))),
  unary('split', (x) => tf.mul(...(tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor]))),
  unary('slice', (x) => tf.slice(x, [0, 1, 1], [2, 2, 2])),
  unary(
    'pad',
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ]),
    smooth(2, 3, 3, 2),
  ),
  unary('tile', (x) => tf.tile(x, [2, 1, 3])),
  unary('broadcastTo', (x) => tf.broadcastTo(x, [3, 2, 5]), smooth(3, 1, 5)),
  unary('reverse', (x) => tf.reverse(x, [1])),
  unary('gather rows (embedding)', (x) => tf.gather(x, tf.tensor1d([3, 0, 3, 1, 3], 'int32')), smooth(5, 4)),
  unary('gather along axis 1', (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1), smooth(2, 3, 4)),
  unary(
    'spaceToDepth by reshape and transpose',
    (x) => tf.reshape(tf.transpose(tf.reshape(x, [4, 2, 3, 4]), [0, 2, 1, 3]), [2, 2, 3, 8]),
    smooth(2, 4, 6, 2),
  ),
  unary(
    'depthToSpace by reshape and transpose',
    (x) => tf.reshape(tf.transpose(tf.reshape(x, [4, 3, 2, 4]), [0, 2, 1, 3]), [2, 4, 6, 2]),
    smooth(2, 2, 3, 8),
  ),
];

const product =
  (transposeA: boolean, transposeB: boolean) =>
  (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    tf.matMul(a, b, transposeA, transposeB);

const products: GradientCase[] = [
  ...[false, true].flatMap((ta) =>
    [false, true].flatMap((tb) => {
      const title = `${ta ? ', left transposed' : ''}${tb ? ', right transposed' : ''}`;
      const a = ta ? [4, 3] : [3, 4];
      const b = tb ? [5, 4] : [4, 5];
      return [
        binary(`matMul${title}`, product(ta, tb), smooth(...a), smooth(...b)),
        binary(`matMul of a batch${title}`, product(ta, tb), smooth(3, ...a), smooth(3, ...b)),
      ];
    }),
  ),
  binary('matMul, one right side for a batch', product(false, false), smooth(3, 2, 4), smooth(1, 4, 5)),
  binary('matMul, one left side for a batch', product(false, false), smooth(1, 2, 4), smooth(3, 4, 5)),
  binary('matMul of heads', product(false, true), smooth(2, 3, 4, 5), smooth(2, 3, 4, 5)),
  {
    name: 'attention',
    inputs: [smooth(2, 6, 4), smooth(2, 6, 4), smooth(2, 6, 4)],
    run: (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
      tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.5)), v),
  },
];

const convolution = (
  name: string,
  size: number,
  stride: number,
  pad: 'same' | 'valid' | number,
  [height, width]: readonly [number, number] = [5, 6],
): GradientCase => ({
  name: `conv2d ${name}`,
  inputs: [smooth(2, height, width, 3), smooth(size, size, 3, 4)],
  run: (x: T4, w: T4) => tf.conv2d(x, w, stride, pad),
});

const images: GradientCase[] = [
  convolution('1×1', 1, 1, 'same'),
  convolution('3×3', 3, 1, 'same'),
  convolution('3×3, valid', 3, 1, 'valid'),
  convolution('3×3, padding 2', 3, 1, 2),
  convolution('4×4, same', 4, 1, 'same'),
  convolution('3×3, stride 2', 3, 2, 'same'),
  convolution('3×3, stride 2, odd size', 3, 2, 'same', [7, 7]),
  convolution('3×3, stride 2, valid, last rows unused', 3, 2, 'valid', [6, 8]),
  convolution('1×1, stride 2', 1, 2, 'same'),
  convolution('2×2, stride 2', 2, 2, 'valid', [6, 6]),
  {
    name: 'conv2dTranspose 3×3, stride 2',
    inputs: [smooth(2, 3, 4, 3), smooth(3, 3, 2, 3)],
    run: (x: T4, w: T4) => tf.conv2dTranspose(x, w, [2, 6, 8, 2], 2, 'same'),
  },
  {
    name: 'conv2dTranspose 3×3',
    inputs: [smooth(2, 3, 4, 3), smooth(3, 3, 2, 3)],
    run: (x: T4, w: T4) => tf.conv2dTranspose(x, w, [2, 3, 4, 2], 1, 'same'),
  },
  unary('avgPool', (x) => tf.avgPool(x as T4, 2, 2, 'same'), smooth(2, 5, 4, 3)),
  unary('maxPool', (x) => tf.maxPool(x as T4, 2, 2, 'same'), separated(2, 5, 4, 3)),
  unary('maxPool 3×3, stride 1', (x) => tf.maxPool(x as T4, 3, 1, 'valid'), separated(2, 5, 4, 3)),
  unary('resizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(x as T4, [6, 8]), smooth(3, 3, 4, 2)),
  unary(
    'resizeNearestNeighbor, corners aligned',
    (x) => tf.image.resizeNearestNeighbor(x as T4, [5, 7], true),
    smooth(3, 3, 4, 2),
  ),
  unary('resizeBilinear', (x) => tf.image.resizeBilinear(x as T4, [6, 8]), smooth(3, 3, 4, 2)),
];

/** Known to fail somewhere: here so that it is noticed when that changes. */
const doubtful: GradientCase[] = [
  binary('einsum', (a, b) => tf.einsum('bij,bjk->bik', a, b), smooth(2, 3, 4), smooth(2, 4, 2)),
  unary('tile of rank 5', (x) => tf.tile(x, [1, 2, 1, 1, 2]), smooth(2, 2, 1, 3, 2)),
  {
    name: 'conv2d 3×3, dilation 2',
    inputs: [smooth(2, 6, 6, 2), smooth(3, 3, 2, 3)],
    run: (x: T4, w: T4) => tf.conv2d(x, w, 1, 'same', 'NHWC', 2),
  },
  {
    name: 'depthwiseConv2d',
    inputs: [smooth(2, 5, 5, 3), smooth(3, 3, 3, 1)],
    run: (x: T4, w: T4) => tf.depthwiseConv2d(x, w, 1, 'same'),
  },
  unary('cumsum', (x) => tf.cumsum(x, 1)),
  unary('prod', (x) => tf.prod(x, 1), positive(2, 3, 4)),
  unary('mirrorPad', (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      'reflect',
    ),
  ),
];

/** Every operation that a model of this workspace may use, some that it had better not, and how its gradient is checked. */
export const gradientCases: readonly GradientCase[] = [
  ...elementwise,
  ...reductions,
  ...shapes,
  ...products,
  ...images,
  ...doubtful,
];
