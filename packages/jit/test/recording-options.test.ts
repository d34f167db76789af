import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { jit } from '../src/index.js';
import { adding, backends, batch, type By, first, perceptron, type Sums, value } from './steps.js';

describe.skipIf(!backends.includes('native'))('a recorded step', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'native' });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const record = (step: (state: Sums, inputs: By) => { state: Sums; outputs: object }) =>
    jit(step as typeof adding, { state: { sum: tf.scalar(1) }, inputs: { by: tf.scalar(2) } });

  it('says that a folder can’t be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'jit-test-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    try {
      vi.stubEnv('TMPDIR', join(folder, 'absent'));
      expect(() => record(adding)).toThrow(
        /the temporary folder must be a folder that can be written.*TMPDIR/,
      );
      vi.unstubAllEnvs();
      expect(() =>
        jit(adding, {
          state: { sum: tf.scalar(0) },
          inputs: { by: tf.scalar(0) },
          options: { dumpGraph: file },
        }),
      ).toThrow('dumpGraph must be a folder that can be written');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves its graph where it is told to', () => {
    const dumpGraph = join(mkdtempSync(join(tmpdir(), 'jit-test-')), 'graph');
    const options = { dumpGraph };
    jit(adding, { state: { sum: tf.scalar(0) }, inputs: { by: tf.scalar(0) }, options }).dispose();
    expect(statSync(join(dumpGraph, 'saved_model.pb')).size).toBeGreaterThan(100);
    rmSync(dumpGraph, { recursive: true });
  });

  it('in bfloat16 is near, and keeps its weights in float32', async () => {
    const plain = jit(perceptron, { state: first() });
    const half = jit(perceptron, { state: first(), options: { precision: 'bfloat16' } });
    for (let i = 0; i < 10; i++) {
      const [a, b] = [value((await plain.run(batch(32))).loss), value((await half.run(batch(32))).loss)];
      // 8 bits of precision.
      expect(Math.abs(b / a - 1)).toBeLessThan(0.02);
      expect(b).not.toBe(a);
    }
    expect((await half.readState()).weights.w1.dtype).toBe('float32');
  });

  it('keeps times by kind of operation where wanted', async () => {
    const timed = jit(perceptron, { state: first(), options: { profile: true } });
    const plain = jit(perceptron, { state: first() });
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await timed.run(batch(8)), await plain.run(batch(8))];
      expect(a.loss).toBeAllClose(b.loss, { rtol: 1e-5 });
    }
    const products = timed.profile().find(({ kind }) => /MatMul/.test(kind));
    // Two forward, three backward: none for the gradient of x.
    expect(products?.count).toBe(3 * 5);
    expect(plain.profile()).toEqual([]);
  });

  it('asks for XLA’s flags', () => {
    vi.stubEnv('TF_XLA_FLAGS', '');
    expect(() => jit(adding, { state: { sum: tf.scalar(0) }, options: { xla: true } })).toThrow(
      'TF_XLA_FLAGS must hold --tf_xla_auto_jit=2 before the native engine is loaded, got ""',
    );
    vi.unstubAllEnvs();
  });
});
