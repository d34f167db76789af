import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Spacing, timestepPairs, timestepSequence } from './index.js';

interface List {
  readonly spacing: Spacing;
  readonly total: number;
  readonly steps: number;
  readonly timesteps: readonly number[];
}
const { lists }: { lists: readonly List[] } = JSON.parse(
  readFileSync(new URL('../test/fixtures/schedules.json', import.meta.url), 'utf8'),
);
const spacings: readonly Spacing[] = ['leading', 'trailing', 'linspace', 'quadratic'];

describe('timestepSequence', () => {
  it.each(lists)(
    '$spacing, $steps of $total, is the list of the reference',
    ({ spacing, total, steps, timesteps }) => {
      expect([...timestepSequence(total, { steps, spacing })]).toEqual(timesteps);
    },
  );

  it.each(spacings)('%s falls strictly within [0, T) for every number of steps', (spacing) => {
    for (const total of [1, 2, 7, 100]) {
      for (let steps = spacing === 'leading' || spacing === 'quadratic' ? 2 : 1; steps <= total; steps++) {
        const list = timestepSequence(total, { steps, spacing });
        list.forEach((t, i) => expect(t).toBeLessThan(list[i - 1] ?? total));
        expect(list.at(-1)).toBeGreaterThanOrEqual(0);
        if (spacing !== 'quadratic') expect(list.length).toBe(steps);
      }
    }
  });

  it('is every timestep without options', () => {
    expect([...timestepSequence(5)]).toEqual([4, 3, 2, 1, 0]);
    expect([...timestepSequence(1)]).toEqual([0]);
  });

  it.each(['trailing', 'linspace'] as const)('%s takes its one step from pure noise', (spacing) => {
    expect([...timestepSequence(1000, { steps: 1, spacing })]).toEqual([999]);
  });

  it.each(['leading', 'quadratic'] as const)(
    '%s refuses one step, which would be the cleanest',
    (spacing) => {
      expect(() => timestepSequence(1000, { steps: 1, spacing })).toThrow(
        /at least 2 .* trailing or linspace/,
      );
    },
  );

  it('takes a list as it is', () => {
    expect([...timestepSequence(1000, { timesteps: [900, 17, 3] })]).toEqual([900, 17, 3]);
  });

  it.each([[[]], [[1000]], [[5, 5]], [[3, 7]], [[1.5]], [[-1]]])('refuses the list %j', (timesteps) => {
    expect(() => timestepSequence(1000, { timesteps })).toThrow(RangeError);
  });

  it('refuses a list beside steps or spacing, unknown spacings and steps out of range', () => {
    expect(() => timestepSequence(10, { timesteps: [1], steps: 1 })).toThrow(/without steps and spacing/);
    expect(() => timestepSequence(10, { spacing: 'even' as Spacing })).toThrow(/spacing must be/);
    expect(() => timestepSequence(10, { steps: 11 })).toThrow(/an integer in \[1, 10\], got 11/);
    expect(() => timestepSequence(10, { steps: 0 })).toThrow(RangeError);
  });
});

describe('timestepPairs', () => {
  it('leads from each timestep to the next of the same list, and at last to the clean image', () => {
    expect(timestepPairs(timestepSequence(1000, { timesteps: [900, 17, 3] }))).toEqual([
      { timestep: 900, previous: 17 },
      { timestep: 17, previous: 3 },
      { timestep: 3, previous: -1 },
    ]);
  });
});
