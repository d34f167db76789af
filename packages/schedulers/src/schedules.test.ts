import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cosineSchedule,
  edmWeighting,
  exponentialSchedule,
  exponentialSigmas,
  linearSchedule,
  type LossWeighting,
  minSnrWeighting,
  type NoiseSchedule,
  type Prediction,
  rescaleZeroTerminalSnr,
  scaledLinearSchedule,
  sigmoidBetaSchedule,
  sigmoidSchedule,
  snr,
  softMinSnrWeighting,
} from './index.js';

interface Table {
  readonly at: readonly number[];
  readonly beta: readonly number[];
  readonly alphaBar: readonly number[];
}
interface Fixture {
  readonly tables: Readonly<Record<string, Table>>;
  readonly exponentialSigmas: readonly (readonly number[])[];
  readonly weights: { readonly at: readonly number[] } & Readonly<
    Record<'minSnr' | 'edm' | 'softMinSnr', Readonly<Record<Prediction, readonly number[]>>>
  >;
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../test/fixtures/methods.json', import.meta.url), 'utf8'),
);

const schedules: readonly { name: string; schedule: NoiseSchedule; tolerance: number }[] = [
  // diffusers keeps float32: a product of a thousand rounded factors, and a shift by nearly all of what is left
  { name: 'scaledLinear', schedule: scaledLinearSchedule(), tolerance: 2e-5 },
  { name: 'scaledLinearZero', schedule: rescaleZeroTerminalSnr(scaledLinearSchedule()), tolerance: 2e-3 },
  { name: 'sigmoidBeta', schedule: sigmoidBetaSchedule(), tolerance: 2e-5 },
  { name: 'linear', schedule: linearSchedule(), tolerance: 2e-5 },
  { name: 'cosine', schedule: cosineSchedule(), tolerance: 1e-4 },
  { name: 'linear100', schedule: linearSchedule({ timesteps: 100 }), tolerance: 2e-5 },
  { name: 'exponential', schedule: exponentialSchedule(), tolerance: 2e-5 },
  { name: 'sigmoid', schedule: sigmoidSchedule(), tolerance: 1e-11 },
  { name: 'sigmoidSteep', schedule: sigmoidSchedule({ start: 0, temperature: 0.3 }), tolerance: 1e-11 },
];

describe.each(schedules)('the schedule of the reference: $name', ({ name, schedule, tolerance }) => {
  it('has its tables', () => {
    const { at, beta, alphaBar } = fixture.tables[name]!;
    at.forEach((t, i) => {
      expect(Math.abs(schedule.beta[t]! - beta[i]!)).toBeLessThanOrEqual(
        Math.max(tolerance, 1e-5) * beta[i]!,
      );
      expect(Math.abs(schedule.alphaBar[t]! - alphaBar[i]!)).toBeLessThanOrEqual(tolerance * alphaBar[i]!);
    });
  });
});

describe('schedules of few timesteps', () => {
  it.each([scaledLinearSchedule, sigmoidSchedule, sigmoidBetaSchedule, exponentialSchedule])(
    '%o',
    (schedule) => {
      for (const timesteps of [1, 2]) expect(schedule({ timesteps }).timesteps).toBe(timesteps);
      expect(() => schedule({ timesteps: 0 })).toThrow(/timesteps must be an integer of at least 1/);
    },
  );

  it('refuse options out of range', () => {
    expect(() => scaledLinearSchedule({ betaStart: 0 })).toThrow(/betaStart must be in \(0, 1\)/);
    expect(() => scaledLinearSchedule({ betaEnd: 1 })).toThrow(/betaEnd/);
    expect(() => sigmoidSchedule({ start: 3 })).toThrow(/end must be finite and more than start/);
    expect(() => sigmoidSchedule({ start: -Infinity })).toThrow(/start must be finite/);
    expect(() => sigmoidSchedule({ temperature: 0 })).toThrow(/temperature/);
    expect(() => sigmoidSchedule({ maxBeta: 1 })).toThrow(/maxBeta/);
    expect(() => sigmoidBetaSchedule({ betaEnd: 2 })).toThrow(/betaEnd/);
    expect(() => sigmoidBetaSchedule({ betaStart: -1 })).toThrow(/betaStart/);
    expect(() => exponentialSchedule({ rate: 0 })).toThrow(/rate must be positive/);
  });
});

describe('exponentialSigmas', () => {
  it("are diffusers', with exact ends", () => {
    for (const expected of fixture.exponentialSigmas) {
      const sigmas = exponentialSigmas({ count: expected.length });
      // A float32 0.002 has a relative error of 5e-8, which goes through the logarithm.
      sigmas.forEach((sigma, i) => expect(Math.abs(sigma / expected[i]! - 1)).toBeLessThan(1e-6));
      expect([sigmas[0], sigmas.at(-1)]).toEqual([80, 0.002]);
    }
    expect([...exponentialSigmas({ count: 1 })]).toEqual([80]);
  });

  it('refuse options out of range', () => {
    expect(() => exponentialSigmas({ count: 0 })).toThrow(/count/);
    expect(() => exponentialSigmas({ count: 2, sigmaMin: 0 })).toThrow(/sigmaMin/);
    expect(() => exponentialSigmas({ count: 2, sigmaMax: 0.001 })).toThrow(
      /sigmaMax must be more than sigmaMin/,
    );
  });
});

const predictions: readonly Prediction[] = ['epsilon', 'x0', 'vPrediction'];
const weightings: readonly { name: 'minSnr' | 'edm' | 'softMinSnr'; weighting: LossWeighting }[] = [
  { name: 'minSnr', weighting: minSnrWeighting() },
  { name: 'softMinSnr', weighting: softMinSnrWeighting() },
  { name: 'edm', weighting: edmWeighting() },
];

describe.each(weightings)('the weighting $name', ({ name, weighting }) => {
  it.each(predictions)('of %s is that of the reference', (prediction) => {
    const weights = weighting(linearSchedule(), prediction);
    expect(weights).toHaveLength(1000);
    fixture.weights.at.forEach((t, i) => {
      expect(Math.abs(weights[t]! / fixture.weights[name][prediction][i]! - 1)).toBeLessThan(5e-4);
    });
  });

  it('weighs one and the same error alike, whatever is predicted', () => {
    const schedule = cosineSchedule({ timesteps: 50 });
    const [epsilon, x0, v] = predictions.map((prediction) => weighting(schedule, prediction));
    snr(schedule).forEach((r, t) => {
      expect((epsilon![t]! * r) / x0![t]!).toBeCloseTo(1, 9);
      expect((v![t]! * (r + 1)) / x0![t]!).toBeCloseTo(1, 9);
    });
  });

  it('is finite where no signal is left, or says what to predict', () => {
    const zero = rescaleZeroTerminalSnr(linearSchedule());
    const last = (prediction: Prediction) => weighting(zero, prediction)[999];
    expect(last('x0')).toBe(name === 'edm' ? 4 : 0);
    expect(last('vPrediction')).toBe(name === 'edm' ? 4 : 0);
    if (name === 'edm')
      expect(() => last('epsilon')).toThrow(/timestep 999 must be finite.*predict vPrediction/);
    else expect(last('epsilon')).toBe(1);
    expect(() => weighting(zero, 'noise' as Prediction)).toThrow(/"epsilon"/);
  });
});

describe('weightings', () => {
  it('refuse constants that are not positive', () => {
    expect(() => minSnrWeighting({ gamma: 0 })).toThrow(/gamma must be positive/);
    expect(() => softMinSnrWeighting({ gamma: -1 })).toThrow(/gamma/);
    expect(() => edmWeighting({ sigmaData: 0 })).toThrow(/sigmaData/);
  });
});
