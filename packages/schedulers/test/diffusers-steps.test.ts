import { diffusersSteps, linearSchedule, noiseSchedule, timestepSequence } from '@immiscible/schedulers';
import '@immiscible/testing';
import { describe, expect, it } from 'vitest';

describe('diffusersSteps', () => {
  it('refuses steps that there are not', () => {
    const scheduler = { method: 'ddim', schedule: noiseSchedule([0.1, 0.2]), prediction: 'x0' } as const;
    expect(() => diffusersSteps(scheduler, 0)).toThrow('steps must be an integer of at least 1');
    expect(() => diffusersSteps(scheduler, 3)).toThrow('at least 3, got 2');
    expect(() => diffusersSteps({ ...scheduler, spacing: 'leading' }, 3)).toThrow('at least 3, got 2');
    expect(() => diffusersSteps({ ...scheduler, spacing: 'leading', offset: 1 }, 2)).toThrow(
      'offset must be small',
    );
  });
});

describe('diffusersSteps at ties', () => {
  // NumPy 2.4: np.linspace(0, 999, 27).round()[::-1][13]; np.round(np.arange(1000, 0, -1000 / 48)) - 1
  const of = (spacing: 'linspace' | 'trailing', steps: number) =>
    diffusersSteps({ method: 'ddpm', schedule: linearSchedule(), prediction: 'epsilon', spacing }, steps);
  it('goes where NumPy goes', () => {
    expect(of('linspace', 27)[13]).toBe(499);
    expect([3, 15, 27].map((i) => of('trailing', 48)[i])).toEqual([936, 686, 436]);
    expect(Array.from(timestepSequence(1000, { steps: 48 }))).toEqual(of('trailing', 48));
    expect(Array.from(timestepSequence(1000, { steps: 27, spacing: 'linspace' }))).toEqual(
      of('linspace', 27),
    );
  });

  it('goes to the even one where it is exactly half-way between two', () => {
    // NumPy 2.4: np.round(np.arange(1000, 0, -1000 / 16)) - 1
    const ties = [937, 811, 687, 561, 437, 311, 187, 61];
    expect(of('trailing', 16).filter((_, i) => i % 2 === 1)).toEqual(ties);
    expect([...timestepSequence(1000, { steps: 16 })].filter((_, i) => i % 2 === 1)).toEqual(ties);
    // np.round(np.linspace(0, 999, 3))
    expect(of('linspace', 3)).toEqual([999, 500, 0]);
  });

  it('refuses steps at which diffusers would go to timestep −1', () => {
    // len(np.arange(1000, 0, -1000 / 61)) is 62.
    expect(() => of('trailing', 61)).toThrow('steps must be a number with as many distinct timesteps');
  });
});
