import { expect, test } from 'vitest';
import type { Stat } from '../run/stats.js';
import { twinSummary } from './twin-summary.js';

const twin = { name: 'a', coupling: { kind: 'independent' } } as const;

function step(at: number, of = 'a'): Stat {
  return {
    kind: 'step',
    twin: of,
    step: at,
    loss: at,
    gradientNorm: 1,
    distance: { before: 10, after: at % 2 === 0 ? 8 : 9 },
    seconds: 2 * at,
    couplingSeconds: 0.5,
    couplingAheadSeconds: 1,
  };
}

test('share, drop and loss are those of all steps of the twin and of no other', () => {
  const stats = [1, 2, 3, 4].flatMap((at) => [step(at), { ...step(at, 'b'), couplingSeconds: 99 } as Stat]);
  const summary = twinSummary(twin, stats, [], undefined);
  expect(summary).toMatchObject({ steps: 4, seconds: 8, couplingShare: 2 / 8, couplingAhead: 4 / 8 });
  expect(summary.distance).toEqual({ before: 10, after: 8.5 });
  expect(summary.distanceDrop).toBeCloseTo(0.15, 12);
  expect(summary.loss).toEqual([1, 2, 3, 4].map((at) => ({ step: at, value: at })));
});

test('a long loss curve is averaged over spans, the last one to the end', () => {
  const stats = Array.from({ length: 1001 }, (_, i) => step(i + 1));
  const { loss } = twinSummary(twin, stats, [], undefined);
  expect(loss.length).toBeLessThanOrEqual(150);
  expect(loss[0]).toEqual({ step: 7, value: 4 }); // mean of 1 … 7
  expect(loss.at(-1)?.step).toBe(1001);
});

test('a twin that has not begun is all zeros, which JSON can hold', () => {
  const summary = twinSummary(twin, [], [], undefined);
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  expect(summary).toMatchObject({ steps: 0, seconds: 0, couplingShare: 0, distanceDrop: 0, curve: [] });
});

test('after a loss of the log shares are of the steps whose times are known, and steps those of the last evaluation', () => {
  const evaluation: Stat = {
    ...{ kind: 'evaluation', twin: 'a', step: 4, seconds: 8, metric: 'FD-x', value: 1, n: 1 },
    ...{ samplingSteps: 1, sampler: 's', extractor: 'x' },
  };
  // Step 6 is the first that is logged again: what it took isn't known.
  const stats = [step(1), evaluation, step(6), step(7)];
  expect(twinSummary(twin, stats, [], undefined)).toMatchObject({
    couplingShare: 1 / 4,
    couplingAhead: 2 / 4,
    steps: 7,
  });
  expect(twinSummary(twin, [evaluation], [], undefined)).toMatchObject({
    couplingShare: 0,
    steps: 4,
    seconds: 8,
  });
});
