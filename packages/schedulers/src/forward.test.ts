import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addNoise, batchScales, linearSchedule, noiseSchedule, scalesAt } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('scalesAt', () => {
  it('holds √ᾱ and √(1 − ᾱ), and the clean image at −1', () => {
    const schedule = noiseSchedule([0.36, 1]);
    expect(scalesAt(schedule, 0)).toEqual({ signalScale: 0.8, noiseScale: 0.6 });
    expect(scalesAt(schedule, 1)).toEqual({ signalScale: 0, noiseScale: 1 });
    expect(scalesAt(schedule, -1)).toEqual({ signalScale: 1, noiseScale: 0 });
  });

  it.each([-2, 1000, 0.5, NaN])('refuses timestep %d', (t) => {
    expect(() => scalesAt(linearSchedule(), t)).toThrow(/timestep must be an integer in \[-1, 1000\)/);
  });
});

describe('batchScales', () => {
  it("rounds each sample's float64 scales once", () => {
    const schedule = linearSchedule();
    const timestep = Int32Array.of(0, 999, 500);
    const { signalScale, noiseScale } = batchScales(schedule, timestep);
    expect([signalScale.shape, noiseScale.shape]).toEqual([[3], [3]]);
    timestep.forEach((t, i) => {
      const scales = scalesAt(schedule, t);
      expect(signalScale.get(i)).toBe(Math.fround(scales.signalScale));
      expect(noiseScale.get(i)).toBe(Math.fround(scales.noiseScale));
    });
  });

  it('refuses a timestep that the schedule lacks', () => {
    expect(() => batchScales(linearSchedule(), Int32Array.of(1, 1000))).toThrow(/got 1000/);
  });
});

describe('addNoise', () => {
  const x0 = () => tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
  const noise = () => tf.tensor4d([10, 20, 30, 40], [2, 1, 2, 1]);

  it('mixes with one pair of scales, or with one for each sample', () => {
    const before = tf.memory().numTensors;
    const xt = tf.tidy(() => addNoise(x0(), noise(), { signalScale: 0.5, noiseScale: 0.1 }).arraySync());
    expect(xt.flat(3)).toEqual([1.5, 3, 4.5, 6].map((value) => expect.closeTo(value, 6)));
    const each = tf.tidy(() =>
      addNoise(x0(), noise(), {
        signalScale: tf.tensor1d([1, 0]),
        noiseScale: tf.tensor1d([0, 1]),
      }).arraySync(),
    );
    expect(each.flat(3)).toEqual([1, 2, 30, 40]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('makes one tensor and leaves its arguments alone', () => {
    const args = [x0(), noise(), tf.tensor1d([1, 0])] as const;
    const before = tf.memory().numTensors;
    const xt = addNoise(args[0], args[1], { signalScale: args[2], noiseScale: args[2] });
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([xt, ...args]);
    expect(tf.memory().numTensors).toBe(before - 3);
  });

  it('refuses shapes that do not fit', () => {
    tf.tidy(() => {
      const scales = { signalScale: 1, noiseScale: 1 };
      expect(() => addNoise(x0(), tf.zeros([2, 2, 1, 1]), scales)).toThrow(/of shape \[2,1,2,1\] like x0/);
      expect(() => addNoise(x0(), noise(), { ...scales, noiseScale: tf.ones([3]) })).toThrow(
        /scales.noiseScale must be a number or of shape \[2\], got \[3\]/,
      );
    });
  });
});
