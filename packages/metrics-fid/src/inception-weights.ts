import { check } from '@immiscible/core';
import {
  INCEPTION_CLASSES,
  INCEPTION_DIMENSIONS,
  INCEPTION_LAYERS,
  type InceptionLayer,
} from './inception-layers.js';

/** float32 tensors of a checkpoint, by name; in PyTorch's order of axes. */
export type CheckpointTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

/** A convolution on the host, its batch norm folded in. */
export interface FoldedConvolution {
  /** `[height,width,in,out]`. */
  readonly shape: readonly [number, number, number, number];
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Weights of the 2015 Inception network, ready for TF.js. */
export interface InceptionWeights {
  readonly convolutions: ReadonlyMap<string, FoldedConvolution>;
  /** `[2048,1008]`, the classifier without its bias, as the Inception Score takes it; undefined if it wasn't there. */
  readonly classifier: Float32Array | undefined;
}

const EPSILON = 0.001;

/**
 * Folds a checkpoint's batch norms into its convolutions, and turns `[out,in,height,width]` round.
 *
 * `kernel′ = kernel·γ/√(variance + 0.001)`, `bias′ = β − mean·γ/√(variance + 0.001)`
 *
 * @throws RangeError if a tensor is missing, of another shape, or not finite
 */
export function foldInception(fn: string, tensors: CheckpointTensors): InceptionWeights {
  const take = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    const fits =
      tensor !== undefined &&
      tensor.shape.length === shape.length &&
      shape.every((size, i) => tensor.shape[i] === size);
    check(
      fits,
      fn,
      `tensor ${name}`,
      `float32 of shape [${shape.join(',')}]`,
      tensor === undefined ? 'none' : `[${tensor.shape.join(',')}]`,
      'take the weights of pt_inception-2015-12-05-6726825d.pth',
    );
    const { data } = tensor as { data: Float32Array };
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i])) check(false, fn, `tensor ${name}`, 'finite', `${data[i]} at ${i}`);
    }
    return data;
  };
  const convolutions = new Map<string, FoldedConvolution>();
  for (const [name, layer] of INCEPTION_LAYERS) convolutions.set(name, fold(name, layer, take));
  const classifier = tensors.has('fc.weight')
    ? turned(take('fc.weight', [INCEPTION_CLASSES, INCEPTION_DIMENSIONS]), INCEPTION_CLASSES)
    : undefined;
  return { convolutions, classifier };
}

function fold(
  name: string,
  { inputs, outputs, kernel: [height, width] }: InceptionLayer,
  take: (name: string, shape: readonly number[]) => Float32Array,
): FoldedConvolution {
  const weight = take(`${name}.conv.weight`, [outputs, inputs, height, width]);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    take(`${name}.bn.${part}`, [outputs]),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const factor = Float64Array.from(variance, (value, o) => (gamma[o] as number) / Math.sqrt(value + EPSILON));
  const area = height * width;
  const kernel = new Float32Array(weight.length);
  let next = 0;
  for (let at = 0; at < area; at++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        kernel[next++] = (weight[(o * inputs + i) * area + at] as number) * (factor[o] as number);
      }
    }
  }
  return {
    shape: [height, width, inputs, outputs],
    kernel,
    bias: beta.map((value, o) => value - (mean[o] as number) * (factor[o] as number)),
  };
}

/** `[rows,columns]` to `[columns,rows]`. */
function turned(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] as number);
}
