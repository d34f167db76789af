import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eager, jit, type JitOptions, type ProfileEntry } from '../src/index.js';

const { kernels } = await selectBackend({ kernels: true });

const run = (name: string, inputs: object, attributes: object) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as tf.Tensor[];
const normal = (seed: string, shape: number[], scale = 1) => {
  const count = shape.reduce((product, n) => product * n, 1);
  const values = createRng(1).split(seed).fillNormal(new Float32Array(count));
  return tf.tensor(
    values.map((v) => scale * v),
    shape,
  );
};
const bits = (tensor: tf.Tensor) => [...new Int32Array(tensor.dataSync().slice().buffer)];

const profileOf = (step: object) => ('profile' in step ? (step.profile as () => ProfileEntry[])() : []);

const norm = { groups: 2, epsilon: 1e-5, silu: true };

/** A normalization, a convolution after it, its gradient, and another gradient that is added to that. */
const block = (
  { filter }: { filter: tf.Tensor },
  { x, scale, offset, other }: Record<'x' | 'scale' | 'offset' | 'other', tf.Tensor>,
) => {
  const [y, mean, inverse] = run('ImmiscibleGroupNorm', { x, scale, offset }, norm) as [
    tf.Tensor,
    ...tf.Tensor[],
  ];
  const z = tf.conv2d(y as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
  const conv = (y: tf.Tensor) => tf.conv2d(y as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
  const dy = tf.grad((y: tf.Tensor) => tf.sum(conv(y)))(y);
  const [dx, dScale, dOffset, dShift] = run(
    'ImmiscibleGroupNormGrad',
    { dy, x, scale, offset, mean, inverse },
    norm,
  ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  return { state: { filter }, outputs: { z, dx: tf.add(other, dx), dScale, dOffset, dShift } };
};
const blockInputs = () => ({
  x: normal('x', [2, 5, 5, 6]),
  scale: normal('scale', [6]),
  offset: normal('offset', [2, 6]),
  other: normal('other', [2, 5, 5, 6]),
});

const shapes = [[3, 4], [5], [2, 2, 2]];
const total = 25;

/** A step of Adam whose updates are applied and averaged. */
const optimize = (
  state: { weights: tf.Tensor[]; averages: tf.Tensor[]; m: tf.Tensor; v: tf.Tensor },
  { gradients, rate, scale }: { gradients: tf.Tensor[]; rate: tf.Tensor; scale: tf.Tensor },
) => {
  const scalars = { scale, spread: tf.scalar(1), epsilon: tf.scalar(1e-8), decay: tf.scalar(-0.01) };
  const results = run(
    'ImmiscibleAdam',
    { gradients, weights: state.weights, m: state.m, v: state.v, ...scalars },
    { maxNorm: 1, beta1: 0.9, beta2: 0.99, decays: true },
  );
  const updates = results.slice(0, 3);
  const weights = state.weights.map((w, i) => tf.add(w, updates[i]!));
  const averages = state.averages.map((old, i) => tf.add(old, tf.mul(tf.sub(weights[i]!, old), rate)));
  const [m, v] = results.slice(3) as [tf.Tensor, tf.Tensor];
  return { state: { weights, averages, m, v }, outputs: { updates: [] as tf.Tensor[] }, updates };
};
const optimizeState = () => ({
  weights: shapes.map((shape, i) => normal(`w${i}`, shape)),
  averages: shapes.map((shape, i) => normal(`a${i}`, shape)),
  m: tf.zeros([total]),
  v: tf.zeros([total]),
});
const optimizeInputs = () => ({
  gradients: shapes.map((shape, i) => normal(`g${i}`, shape)),
  rate: tf.scalar(0.1),
  scale: tf.scalar(-0.01),
});

describe.skipIf(!kernels.includes('ImmiscibleAdam'))('kernels of our own in a recorded step', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'native', kernels: true });
  });
  afterAll(async () => {
    await selectBackend({ kernels: false });
  });

  const blockResults = async (options?: JitOptions) => {
    const inputs = blockInputs();
    const state = { filter: normal('filter', [3, 3, 6, 4], 0.3) };
    const step = options ? jit(block, { state, options }) : eager(block, { state });
    const outputs = await step.run(inputs);
    const profile = profileOf(step);
    const kinds = profile.map(({ kind }) => kind);
    const casts = profile.find(({ kind }) => kind === 'Cast')?.count;
    step.dispose();
    tf.dispose([inputs, state] as unknown as tf.TensorContainer);
    return { outputs, kinds, casts };
  };

  it('gives what the operations give one by one, in the same shapes', async () => {
    const { outputs: recorded } = await blockResults({});
    const { outputs: expected } = await blockResults();
    for (const [name, tensor] of Object.entries(expected)) {
      const ours = recorded[name as 'z'];
      expect(ours.shape).toEqual(tensor.shape);
      expect(ours).toBeAllClose(tensor, { rtol: 1e-5, atol: 1e-5 });
    }
    tf.dispose([recorded, expected]);
  });

  it('takes a gradient that is added into the one of the normalization', async () => {
    const { outputs, kinds } = await blockResults({ profile: true });
    expect(kinds).toContain('ImmiscibleGroupNormGrad');
    expect(kinds.some((kind) => kind.startsWith('Add'))).toBe(false);
    const { outputs: expected } = await blockResults();
    expect(bits(outputs.dx)).toEqual(bits(expected.dx));
    tf.dispose([outputs, expected]);
  });

  it('in bfloat16 stands by the convolutions without casts between', async () => {
    const { outputs, casts } = await blockResults({ precision: 'bfloat16', profile: true });
    const { outputs: expected } = await blockResults();
    for (const name of ['z', 'dx', 'dScale', 'dOffset'] as const) {
      const largest = Math.max(...expected[name].dataSync().map(Math.abs));
      expect(outputs[name]).toBeAllClose(expected[name], { atol: 2e-2 * largest });
    }
    expect(casts).toBe(3); // of the filter, of the ones that are z's gradient, and of z
    tf.dispose([outputs, expected]);
  });

  const trained = async (options?: JitOptions, alsoUpdates = false) => {
    const step = (state: ReturnType<typeof optimizeState>, inputs: ReturnType<typeof optimizeInputs>) => {
      const { updates, ...result } = optimize(state, inputs);
      return alsoUpdates ? { ...result, outputs: { updates } } : result;
    };
    const stepper = options
      ? jit(step, { state: optimizeState(), options })
      : eager(step, { state: optimizeState() });
    for (let k = 0; k < 3; k++) {
      const inputs = optimizeInputs();
      tf.dispose((await stepper.run(inputs)) as tf.TensorContainer);
      tf.dispose(inputs as unknown as tf.TensorContainer);
    }
    const state = await stepper.readState();
    const all = [...state.weights, ...state.averages, state.m, state.v].map(bits);
    const kinds = profileOf(stepper).map(({ kind }) => kind);
    stepper.dispose();
    tf.dispose(state as unknown as tf.TensorContainer);
    return { all, kinds };
  };

  it('applies updates and averages the weights in the same pass, to the bit', async () => {
    const { all } = await trained();
    const { all: profiled, kinds } = await trained({ profile: true });
    expect(kinds.filter((kind) => ['AddV2', 'Add', 'Sub', 'Mul'].includes(kind))).toEqual([]);
    expect(profiled).toEqual(all);
    expect((await trained({})).all).toEqual(all);
  });

  it('leaves updates alone that go elsewhere, too', async () => {
    const { all } = await trained();
    const { all: other, kinds } = await trained({ profile: true }, true);
    expect(kinds.some((kind) => kind.startsWith('Add'))).toBe(true);
    expect(other).toEqual(all);
  });

  it('says in the folder of the graph which operations are not of TensorFlow', async () => {
    const dumpGraph = mkdtempSync(join(tmpdir(), 'jit-own-'));
    const { outputs } = await blockResults({ dumpGraph });
    const { ours, note } = JSON.parse(readFileSync(join(dumpGraph, 'operations.json'), 'utf8'));
    expect(ours).toEqual({ ImmiscibleGroupNorm: 1, ImmiscibleGroupNormGrad: 1 });
    expect(note).toContain('@immiscible/backend');
    const plain = jit((state: { a: tf.Tensor }) => ({ state, outputs: { b: tf.neg(state.a) } }), {
      state: { a: tf.scalar(1) },
      options: { dumpGraph },
    });
    const { b } = await plain.run({});
    expect(JSON.parse(readFileSync(join(dumpGraph, 'operations.json'), 'utf8')).ours).toEqual({});
    plain.dispose();
    tf.dispose([outputs, b]);
    rmSync(dumpGraph, { recursive: true });
  });
});
