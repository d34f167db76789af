import { selectBackend } from '@immiscible/backend';
import { createRng, type Rng } from '@immiscible/core';
import { availableBackends, gradientCases, type GradientCase } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eager, jit } from '../src/index.js';
import { nativeBackend, type NativeBackend, type NativeBinding } from '../src/native-backend.js';
import { DTYPES, type Dtype } from '../src/graph.js';
import { attributeOf, SHAPE_RULES } from '../src/shape-rules.js';

const backends = await availableBackends(selectBackend);

function draw(input: GradientCase['inputs'][number], rng: Rng): tf.Tensor {
  const data = new Float32Array(input.shape.reduce((product, n) => product * n, 1));
  const values =
    input.values === 'positive' ? rng.fillUniform(data).map((u) => 0.5 + u) : rng.fillNormal(data);
  return tf.tensor(values, [...input.shape]);
}

/** An operation's value and gradients. */
const stepOf =
  ({ run }: GradientCase) =>
  (state: { count: tf.Tensor }, { xs, dy }: { xs: tf.Tensor[]; dy: tf.Tensor }) => {
    const f = (...args: tf.Tensor[]) => run(...(args as never[]));
    return {
      state: { count: tf.add(state.count, 1) },
      outputs: { y: f(...xs), gradients: tf.grads(f)(xs, dy) },
    };
  };

/** Whether TensorFlow.js itself has no gradient for it: docs/tfjs-gradients.md names these. */
function broken({ inputs, run }: GradientCase): boolean {
  const f = (...args: tf.Tensor[]) => run(...(args as never[]));
  try {
    tf.tidy(() => tf.dispose(tf.grads(f)(inputs.map((input, i) => draw(input, createRng(i))))));
    return false;
  } catch (error) {
    return /gradient|only 'valid'/i.test((error as Error).message);
  }
}

describe.skipIf(!backends.includes('native'))('a recorded operation', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'native' });
  });

  it.each(gradientCases)('gives what it gives op by op, and its gradients: $name', async (operation) => {
    if (broken(operation)) return;
    const rng = createRng(7);
    const xs = operation.inputs.map((input, i) => draw(input, rng.split(i)));
    const shape = tf.tidy(() => operation.run(...(xs as never[])).shape);
    const dy = draw({ shape }, rng.split('dy'));
    const state = { count: tf.scalar(0) };
    const plain = eager(stepOf(operation), { state });
    const recorded = jit(stepOf(operation), { state });
    const expected = plain.runSync({ xs, dy });
    const got = recorded.runSync({ xs, dy });
    expect(got.y).toBeAllClose(expected.y, { rtol: 1e-5, atol: 1e-6 });
    expect(got.gradients.length).toBe(xs.length);
    got.gradients.forEach((gradient, i) =>
      expect(gradient).toBeAllClose(expected.gradients[i] as tf.Tensor, { rtol: 1e-5, atol: 1e-6 }),
    );
    recorded.dispose();
    plain.dispose();
  });

  it.each(gradientCases)('has the shapes that TensorFlow gives it: $name', (operation) => {
    if (broken(operation)) return;
    const backend = nativeBackend() as NativeBackend;
    const real = backend.binding;
    const wrong: string[] = [];
    const typeOfId = new Map<number, { dtype: Dtype; shape: number[]; data?: unknown }>();
    const nameOf = (code: number) => Object.entries(DTYPES).find(([, each]) => each === code)?.[0] as Dtype;
    const stand: Partial<NativeBinding> = {
      createTensor(shape, dtype, data) {
        const id = real.createTensor(shape, dtype, data);
        typeOfId.set(id, { dtype: nameOf(dtype), shape, data });
        return id;
      },
      executeOp(kind, attributes, ids, count) {
        const results = real.executeOp(kind, attributes, ids, count);
        const inputs = ids.map((id) => typeOfId.get(id));
        for (const { id, shape, dtype } of results) typeOfId.set(id, { shape, dtype: nameOf(dtype) });
        const rule = SHAPE_RULES.get(kind);
        if (rule && inputs.every(Boolean)) {
          const said = rule({
            types: inputs as { dtype: Dtype; shape: number[] }[],
            attribute: (name) => attributeOf(attributes as never, name),
            integers: (i) => (inputs[i]?.data instanceof Int32Array ? inputs[i].data : undefined),
          });
          const { shape, dtype } = results[0] as { shape: number[]; dtype: number };
          const is = `${nameOf(dtype)} [${shape.join()}]`;
          if (said && `${said.dtype} [${said.shape.join()}]` !== is) {
            wrong.push(`${kind}: ${said.dtype} [${said.shape.join()}] instead of ${is}`);
          }
        }
        return results;
      },
    };
    backend.binding = new Proxy(stand as NativeBinding, {
      get(_, key) {
        const own: unknown = stand[key as keyof NativeBinding] ?? Reflect.get(real, key, real);
        return typeof own === 'function' && !(key in stand) ? (own.bind(real) as unknown) : own;
      },
    });
    try {
      tf.tidy(() => {
        const rng = createRng(7);
        const xs = operation.inputs.map((input, i) => draw(input, rng.split(i)));
        const f = (...args: tf.Tensor[]) => operation.run(...(args as never[]));
        tf.grads(f)(xs, draw({ shape: f(...xs).shape }, rng));
      });
    } finally {
      backend.binding = real;
    }
    expect(wrong).toEqual([]);
  });
});
