import * as tf from '@tensorflow/tfjs-core';
import { checkRng, type Rng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';

/** Fills the values of one new parameter. */
export type Initializer = (values: Float32Array, rng: Rng) => void;

/** Notes that a network has a parameter; gives its name back. */
export type Declare = (name: string, shape: readonly number[], initializer: Initializer) => string;

export const zeros: Initializer = () => undefined;
export const ones: Initializer = (values) => void values.fill(1);
export const standardNormal: Initializer = (values, rng) => void rng.fillNormal(values);

/**
 * Uniform in ±√(3 / fan), fan being the mean of the numbers of inputs and outputs: DDPM's choice for every convolution
 * and dense layer.
 *
 * @see Glorot & Bengio 2010, Eq. 16
 */
export function fanAverageUniform(fanIn: number, fanOut: number): Initializer {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return (values, rng) => {
    rng.fillUniform(values);
    for (let i = 0; i < values.length; i++) values[i] = (2 * (values[i] as number) - 1) * limit;
  };
}

interface Declared {
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** The parameters of a network, listed while it is put together. */
export interface ParameterList {
  readonly declare: Declare;
  /** Shapes by name. */
  shapes(): Readonly<Record<string, readonly number[]>>;
  /** Fresh values; each parameter has its own stream, so it depends on the generator and on its name only. */
  init(rng: Rng): Params;
  /** @throws RangeError unless `params` has each declared one, in its shape */
  check(params: Params): void;
}

/** An empty list; `fn` is for messages. */
export function parameterList(fn: string): ParameterList {
  const declared = new Map<string, Declared>();
  return {
    declare(name, shape, initializer) {
      declared.set(name, { shape, initializer });
      return name;
    },
    shapes: () => Object.fromEntries([...declared].map(([name, { shape }]) => [name, shape])),
    init(rng) {
      checkRng(`${fn}.init`, rng);
      const params: Record<string, tf.Tensor> = {};
      for (const [name, { shape, initializer }] of declared) {
        const values = new Float32Array(sizeOf(shape));
        initializer(values, rng.split(name));
        params[name] = tf.tensor(values, [...shape]);
      }
      return params;
    },
    check(params) {
      for (const [name, { shape }] of declared) {
        const found = params[name]?.shape;
        if (found?.length !== shape.length || found.some((length, i) => length !== shape[i])) {
          throw new RangeError(
            `${fn}: params must have "${name}" of shape [${shape.join(',')}], got ${found ? `shape [${found.join(',')}]` : 'none'}`,
          );
        }
      }
    },
  };
}

/**
 * How many numbers parameters hold, or would: of a model's `shapes` nothing is made.
 *
 * @param params - parameters, or a model's `shapes`; borrowed
 */
export function countParams(params: Params | Readonly<Record<string, readonly number[]>>): number {
  return Object.values(params)
    .map((each: tf.Tensor | readonly number[]) => ('size' in each ? each.size : sizeOf(each)))
    .reduce((count, size) => count + size, 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
