import { describe, expect, test } from 'vitest';
import { compareCurves, firstReach } from './compare-curves.js';
import type { CurvePoint, TwinSummary } from './summary.js';

/** A twin that needs a second for ten steps. */
function twin(name: string, curve: readonly (readonly [step: number, value: number])[]): TwinSummary {
  return {
    name,
    coupling: { kind: 'independent' },
    steps: 400,
    seconds: 40,
    curve: curve.map(([step, value]) => ({
      step,
      seconds: step / 10,
      metric: 'FD-fashion',
      value,
      n: 100,
      samplingSteps: 4,
      sampler: 'DDIM',
      extractor: 'fashion@0',
    })),
    loss: [],
    couplingShare: 0,
    couplingAhead: 0,
    distanceDrop: 0,
    distance: { before: 1, after: 1 },
    grids: [],
  };
}

const falling = twin('independent', [
  [100, 80],
  [200, 40],
  [300, 20],
  [400, 25],
]);

describe('firstReach', () => {
  const curve = twin('x', [
    [100, 64],
    [200, 16],
  ]).curve as CurvePoint[];

  test('interpolates the logarithm: halfway between 64 and 16 is 32', () => {
    expect(firstReach(curve, 32)).toEqual({ step: 150, seconds: 15, atFirst: false });
  });

  test('is the evaluation itself at the first one, which is an upper bound of the steps', () => {
    expect(firstReach(curve, 64)).toEqual({ step: 100, seconds: 10, atFirst: true });
    expect(firstReach(curve, 100)).toEqual({ step: 100, seconds: 10, atFirst: true });
  });

  test('is null where the curve never falls so low', () => {
    expect(firstReach(curve, 15)).toBeNull();
    expect(firstReach([], 15)).toBeNull();
  });
});

describe('compareCurves', () => {
  test('a twin with half the distance needs as many steps as its curve says for the best of the other', () => {
    const half = twin('immiscible', [
      [100, 40],
      [200, 20],
      [300, 10],
      [400, 12.5],
    ]);
    expect(compareCurves(falling, half, 4, 0.01)).toMatchObject({
      step: 400,
      baselineValue: 25,
      otherValue: 12.5,
      logRatio: Math.log(0.5),
      verdict: 'lower',
      best: { value: 20, step: 300, seconds: 30 },
      reached: { step: 200, seconds: 20 },
      speedUp: 1.5,
      speedUpSeconds: 1.5,
    });
  });

  test('a twin is equal to itself, and to one within the noise', () => {
    expect(compareCurves(falling, falling, 4, 0)).toMatchObject({
      verdict: 'equal within noise',
      speedUp: 1,
    });
    const near = twin('near', [[400, 25 * Math.exp(0.09)]]);
    expect(compareCurves(falling, near, 4, 0)).toMatchObject({
      verdict: 'equal within noise',
      speedUp: null,
    });
  });

  test('what is a difference with many samples is noise with few', () => {
    const lower = twin('lower', [[400, 25 * Math.exp(-0.3)]]);
    expect(compareCurves(falling, lower, 4, 0.01)?.verdict).toBe('lower');
    expect(compareCurves(falling, lower, 4, 0.2)?.verdict).toBe('equal within noise');
    const higher = twin('higher', [[400, 25 * Math.exp(0.3)]]);
    expect(compareCurves(falling, higher, 4, null)?.verdict).toBe('higher');
  });

  test('of a run that was stopped, only what both have done counts', () => {
    const ahead = twin('ahead', [
      [100, 70],
      [200, 30],
      [300, 1],
    ]);
    const behind = twin('behind', [
      [100, 80],
      [200, 40],
    ]);
    expect(compareCurves(behind, ahead, 4, null)).toMatchObject({
      step: 200,
      baselineValue: 40,
      otherValue: 30,
    });
    expect(compareCurves(ahead, behind, 4, null)).toMatchObject({ best: { value: 30, step: 200 } });
    expect(compareCurves(behind, twin('none', [[150, 3]]), 4, null)).toBeNull();
    expect(compareCurves(behind, ahead, 10, null)).toBeNull();
  });
});
