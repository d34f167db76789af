import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '@immiscible/core/tensors';
import { groupNorm } from './group-norm.js';
import type { GroupNormOptions } from './group-norm-options.js';
import { pixelMean } from './pixel-mean.js';
import { type Declare, fanAverageUniform, ones, zeros } from './parameters.js';

/** From how many rows on a bias's gradient is summed in two stages, and into how many groups. */
const MANY_ROWS = 1024;
const ROW_GROUPS = 16;

/** The names of a layer's two parameters. */
export interface Layer {
  readonly weight: string;
  readonly bias: string;
}

/** A parameter by its name; the caller has checked that it is there. */
export function paramOf<T extends tf.Tensor>(params: Params, name: string): T {
  return params[name] as T;
}

/**
 * Declares a size×size convolution.
 *
 * @param zero - starts at zero, so that what the layer is added to passes unchanged at first
 */
export function declareConvolution(
  declare: Declare,
  name: string,
  size: number,
  inputs: number,
  outputs: number,
  zero = false,
): Layer {
  const initializer = zero ? zeros : fanAverageUniform(size * size * inputs, size * size * outputs);
  return {
    weight: declare(`${name}.weight`, [size, size, inputs, outputs], initializer),
    bias: declare(`${name}.bias`, [outputs], zeros),
  };
}

/** Declares a dense layer, which is also a 1×1 convolution; `zero` as above. */
export function declareDense(
  declare: Declare,
  name: string,
  inputs: number,
  outputs: number,
  zero = false,
): Layer {
  return {
    weight: declare(`${name}.weight`, [inputs, outputs], zero ? zeros : fanAverageUniform(inputs, outputs)),
    bias: declare(`${name}.bias`, [outputs], zeros),
  };
}

/** Declares a group normalization: its scale is called `weight` and its offset `bias`. */
export function declareNorm(declare: Declare, name: string, channels: number): Layer {
  return {
    weight: declare(`${name}.weight`, [channels], ones),
    bias: declare(`${name}.bias`, [channels], zeros),
  };
}

/** A convolution without its bias, padded with zeros to `[B,H/stride,W/stride,out]`. */
export function convolveRaw(params: Params, layer: Layer, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  return tf.conv2d(x, paramOf<tf.Tensor4D>(params, layer.weight), stride, 'same');
}

/** A convolution with bias, plus `residual` where there is one. */
export function convolve(
  params: Params,
  layer: Layer,
  x: tf.Tensor4D,
  { stride = 1, residual }: { stride?: number; residual?: tf.Tensor4D } = {},
): tf.Tensor4D {
  return addBias(convolveRaw(params, layer, x, stride), paramOf(params, layer.bias), residual);
}

/** `x·W + b`: float32 `[N,in]` to `[N,out]`. */
export function dense(params: Params, layer: Layer, x: tf.Tensor2D): tf.Tensor2D {
  return addBias(tf.matMul(x, paramOf<tf.Tensor2D>(params, layer.weight)), paramOf(params, layer.bias));
}

/** A dense layer on the channels of every pixel, plus `residual` where there is one. */
export function pointwise(params: Params, layer: Layer, x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
  return pointwiseProduct(x, paramOf(params, layer.weight), paramOf(params, layer.bias), residual);
}

/**
 * Several dense layers on the channels of every pixel, whose weights and biases lie side by side in one parameter. To
 * split the parameters costs less than to split their product.
 */
export function pointwiseParts(params: Params, layer: Layer, x: tf.Tensor4D, count: number): tf.Tensor4D[] {
  const weights = tf.split(paramOf<tf.Tensor2D>(params, layer.weight), count, 1);
  const biases = tf.split(paramOf<tf.Tensor1D>(params, layer.bias), count);
  return weights.map((weight, k) => pointwiseProduct(x, weight as tf.Tensor2D, biases[k] as tf.Tensor1D));
}

function pointwiseProduct(
  x: tf.Tensor4D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  residual?: tf.Tensor4D,
): tf.Tensor4D {
  const { shape } = x;
  const rows = (tensor: tf.Tensor4D): tf.Tensor2D => tf.reshape(tensor, [-1, tensor.shape[3]]);
  const product: tf.Tensor2D = tf.matMul(rows(x), weight);
  const sum = addBias(product, bias, residual && rows(residual));
  return tf.reshape(sum, [shape[0], shape[1], shape[2], weight.shape[1]]);
}

/** {@link groupNorm} with the layer's scale and offset. */
export function norm(params: Params, layer: Layer, x: tf.Tensor4D, options: GroupNormOptions): tf.Tensor4D {
  return groupNorm(x, paramOf(params, layer.weight), paramOf(params, layer.bias), options);
}

/** `x + bias + residual`, the bias along the last axis: one sum is all its gradient costs. */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D, residual?: T): T {
  const operation = tf.customGrad(() => {
    const biased: T = tf.add(x, bias);
    return {
      value: residual ? tf.add<T>(biased, residual) : biased,
      // Clones share their values; each input must get a tensor of its own, since the engine disposes of them.
      gradFunc: (dy: T) => [tf.clone(dy), biasGradient(dy), ...(residual ? [tf.clone(dy)] : [])],
    };
  });
  return residual ? operation(x, bias, residual) : operation(x, bias);
}

/**
 * Sums over all axes but the last. Of many rows in two stages: first within each of some groups, as over the pixels of an
 * image, which is the faster way.
 */
function biasGradient(dy: tf.Tensor): tf.Tensor1D {
  const channels = dy.shape.at(-1) as number;
  const rows = dy.size / channels;
  if (rows < MANY_ROWS || rows % ROW_GROUPS !== 0) return tf.sum(tf.reshape(dy, [rows, channels]), 0);
  const groups: tf.Tensor4D = tf.reshape(dy, [ROW_GROUPS, rows / ROW_GROUPS, 1, channels]);
  return tf.mul(tf.sum(pixelMean(groups), 0), rows / ROW_GROUPS);
}
