import type { Rng } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';

/** An input of an operation under test. */
export interface GradientInput {
  /** Of the tensor. */
  readonly shape: readonly number[];
  /**
   * `smooth`: standard normal. `positive`: in [0.5, 2]. `separated`: no two values closer than 0.1, none closer than
   * 0.05 to a multiple of 0.1, for operations with kinks. `between`: midway between such values.
   *
   * @defaultValue 'smooth'
   */
  readonly values?: 'smooth' | 'positive' | 'separated' | 'between';
}

/** An operation as a function of the tensors it is differentiated by. */
export interface GradientCase {
  /** For the title of its test. */
  readonly name: string;
  /** The tensors that it is differentiated by. */
  readonly inputs: readonly GradientInput[];
  /** The operation; its arguments are the inputs, in their order. */
  readonly run: (...inputs: never[]) => tf.Tensor;
}

const STEP = 0.02;

function draw({ shape, values = 'smooth' }: GradientInput, rng: Rng): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  const out = new Float32Array(size);
  if (values === 'smooth') return rng.fillNormal(out);
  if (values === 'positive') return rng.fillUniform(out).map((u) => 0.5 + 1.5 * u);
  // Odd multiples of 0.05, in random order, as many below 0 as above: half of windows have a negative maximum.
  const offset = values === 'separated' ? 0.05 : 0;
  return Float32Array.from(rng.permutation(size), (i) => 0.1 * (i - (size >> 1)) + offset);
}

/** How far an analytic gradient is from central differences. */
export interface GradientError {
  /** Index of the input. */
  readonly input: number;
  /** The directional derivative by the gradient. */
  readonly analytic: number;
  /** The same by central differences. */
  readonly numeric: number;
  /** Of the whole gradient: what a directional derivative's error is measured by. */
  readonly norm: number;
}

/**
 * Compares analytic with numeric directional derivatives of `L = Σ c·y`, c random: for each input, along random
 * directions u of ±1, `⟨∂L/∂x, u⟩` against the central differences of step h and h/2, extrapolated to h⁴
 * (Richardson). The differences of y are taken in float64, so that float32 costs some 1e-5.
 *
 * @param operation - what is differentiated
 * @param rng - draws inputs and directions
 * @param directions - how many for each input
 * @returns the worst of each input
 */
export function gradientErrors(operation: GradientCase, rng: Rng, directions = 3): GradientError[] {
  const { inputs, run } = operation;
  const data = inputs.map((input, i) => draw(input, rng.split(i)));
  const tensors = (values: readonly Float32Array[]) =>
    values.map((value, i) => tf.tensor(value, [...(inputs[i] as GradientInput).shape]));
  const evaluate = (values: readonly Float32Array[]) =>
    tf.tidy(() => run(...(tensors(values) as never[])).dataSync());

  const outputs = evaluate(data).length;
  const c = rng.split('cotangent').fillNormal(new Float32Array(outputs));
  const gradients = tf.tidy(() =>
    tf
      .grads((...xs: tf.Tensor[]) => {
        const y = run(...(xs as never[]));
        return tf.sum(tf.mul(y, tf.tensor(c, y.shape)));
      })(tensors(data))
      .map((gradient) => gradient.dataSync()),
  );

  return data.map((x, input) => {
    const gradient = gradients[input] as ArrayLike<number>;
    const norm = Math.hypot(...Array.from(gradient));
    let worst: GradientError = { input, analytic: 0, numeric: 0, norm };
    for (let d = 0; d < directions; d++) {
      const u = rng.split(`direction ${input} ${d}`).fillUniform(new Float32Array(x.length));
      for (let i = 0; i < u.length; i++) u[i] = (u[i] as number) < 0.5 ? -1 : 1;
      const difference = (h: number) => {
        const at = (sign: number) => {
          const moved = x.map((value, i) => value + sign * h * (u[i] as number));
          return evaluate(data.map((other, i) => (i === input ? moved : other)));
        };
        const [up, down] = [at(1), at(-1)];
        let sum = 0;
        for (let i = 0; i < outputs; i++) sum += (c[i] as number) * ((up[i] as number) - (down[i] as number));
        return sum / (2 * h);
      };
      const numeric = (4 * difference(STEP / 2) - difference(STEP)) / 3;
      let analytic = 0;
      for (let i = 0; i < u.length; i++) analytic += (u[i] as number) * (gradient[i] as number);
      if (!(Math.abs(analytic - numeric) <= Math.abs(worst.analytic - worst.numeric))) {
        worst = { input, analytic, numeric, norm };
      }
    }
    return worst;
  });
}
