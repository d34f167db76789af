import '@tensorflow/tfjs';
import { createRng } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addNoise,
  conversionForm,
  convertPrediction,
  linearSchedule,
  type Prediction,
  predictionTarget,
  scalesAt,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const kinds: readonly Prediction[] = ['epsilon', 'x0', 'vPrediction'];
const pairs = kinds.flatMap((from) => kinds.map((to) => ({ from, to })));
const schedule = linearSchedule();

/** x0, noise, xt and all three targets as float64 numbers. */
function example(t: number, x0: number, noise: number) {
  const { signalScale: s, noiseScale: sigma } = scalesAt(schedule, t);
  return { x0, epsilon: noise, vPrediction: s * noise - sigma * x0, xt: s * x0 + sigma * noise };
}

describe('conversionForm', () => {
  it.each(pairs)('turns a perfect $from into the perfect $to, at every noise level', ({ from, to }) => {
    const rng = createRng(3);
    for (const t of [0, 1, 10, 500, 998, 999]) {
      const truth = example(t, rng.uniform() * 2 - 1, rng.normal());
      const form = conversionForm(from, to, scalesAt(schedule, t));
      const converted = form.xt * truth.xt + form.output * truth[from];
      // 1/√ᾱ and 1/√(1 − ᾱ) reach 157 and 100: a few hundred float64 roundings at most.
      expect(Math.abs(converted - truth[to])).toBeLessThan(1e-12);
    }
  });

  it('divides by nothing from vPrediction, so pure noise and clean images are no exception', () => {
    const end = { signalScale: 0, noiseScale: 1 };
    const start = { signalScale: 1, noiseScale: 0 };
    expect(conversionForm('vPrediction', 'x0', end)).toEqual({ xt: 0, output: -1 });
    expect(conversionForm('vPrediction', 'epsilon', end)).toEqual({ xt: 1, output: 0 });
    expect(conversionForm('vPrediction', 'epsilon', start)).toEqual({ xt: 0, output: 1 });
    expect(conversionForm('x0', 'epsilon', end)).toEqual({ xt: 1, output: -0 });
    expect(conversionForm('epsilon', 'epsilon', end)).toEqual({ xt: 0, output: 1 });
  });

  it('says so where the wanted quantity is not determined', () => {
    const end = { signalScale: 0, noiseScale: 1 };
    const start = { signalScale: 1, noiseScale: 0 };
    expect(() => conversionForm('epsilon', 'x0', end)).toThrow(
      /positive to convert from epsilon, got 0; predict/,
    );
    expect(() => conversionForm('x0', 'epsilon', start)).toThrow(
      /positive to convert from x0, got 0; predict/,
    );
  });

  it('refuses scales that do not preserve variance and kinds that it does not know', () => {
    expect(() => conversionForm('epsilon', 'x0', { signalScale: 0.5, noiseScale: 0.5 })).toThrow(
      /must be 1, got 0.5/,
    );
    const scales = { signalScale: 0.6, noiseScale: 0.8 };
    expect(() => conversionForm('noise' as Prediction, 'x0', scales)).toThrow(/from must be "epsilon"/);
    expect(() => conversionForm('x0', 'noise' as Prediction, scales)).toThrow(/to must be "epsilon"/);
  });
});

describe('on the device', () => {
  const shape: [number, number, number, number] = [3, 2, 2, 1];
  const timesteps = [5, 300, 700];
  const tensors = () => {
    const rng = createRng(4);
    const x0 = tf.tensor4d(rng.fillUniform(new Float32Array(12)), shape);
    const noise = tf.tensor4d(rng.fillNormal(new Float32Array(12)), shape);
    const each = timesteps.map((t) => scalesAt(schedule, t));
    const scales = {
      signalScale: tf.tensor1d(each.map((s) => s.signalScale)),
      noiseScale: tf.tensor1d(each.map((s) => s.noiseScale)),
    };
    return { x0, noise, each, scales, xt: addNoise(x0, noise, scales) };
  };

  it.each(pairs)('the target of $from converts to that of $to, sample by sample', ({ from, to }) => {
    tf.tidy(() => {
      const { x0, noise, each, scales, xt } = tensors();
      const forms = each.map((scale) => conversionForm(from, to, scale));
      const form = {
        xt: tf.tensor1d(forms.map((f) => f.xt)),
        output: tf.tensor1d(forms.map((f) => f.output)),
      };
      const converted = convertPrediction(
        xt,
        predictionTarget(x0, noise, { prediction: from, scales }),
        form,
      );
      const expected = predictionTarget(x0, noise, { prediction: to, scales });
      expect(tf.max(tf.abs(tf.sub(converted, expected))).arraySync()).toBeLessThan(1e-4);
    });
  });

  it('targets are the noise, the image, and their rotation', () => {
    tf.tidy(() => {
      const x0 = tf.tensor4d([1], [1, 1, 1, 1]);
      const noise = tf.tensor4d([10], [1, 1, 1, 1]);
      const target = (kind: Prediction) =>
        predictionTarget(x0, noise, {
          prediction: kind,
          scales: { signalScale: 0.8, noiseScale: 0.6 },
        }).dataSync()[0];
      expect(target('epsilon')).toBe(10);
      expect(target('x0')).toBe(1);
      expect(target('vPrediction')).toBeCloseTo(7.4, 5);
    });
  });

  it('each function makes one tensor of its own', () => {
    const { x0, noise, scales, xt } = tf.tidy(() => {
      const { x0, noise, scales, xt } = tensors();
      return { x0, noise, scales, xt };
    });
    const before = tf.memory().numTensors;
    for (const kind of kinds) tf.dispose(predictionTarget(x0, noise, { prediction: kind, scales }));
    tf.dispose(convertPrediction(xt, noise, { xt: 0, output: 1 }));
    tf.dispose(convertPrediction(xt, noise, { xt: scales.noiseScale, output: 2 }));
    expect(tf.memory().numTensors).toBe(before);
    // The arguments are still there.
    expect(noise.shape).toEqual(shape);
    tf.dispose([x0, noise, scales, xt]);
  });

  it('refuses shapes that do not fit and kinds that it does not know', () => {
    tf.tidy(() => {
      const { x0, noise, scales, xt } = tensors();
      const other = tf.zeros<tf.Rank.R4>([3, 2, 1, 2]);
      expect(() => predictionTarget(x0, other, { prediction: 'x0', scales })).toThrow(
        /noise must be of shape/,
      );
      expect(() => convertPrediction(xt, other, { xt: 1, output: 1 })).toThrow(/output must be of shape/);
      expect(() => predictionTarget(x0, noise, { prediction: 'noise' as Prediction, scales })).toThrow(
        /"epsilon" or/,
      );
    });
  });
});
