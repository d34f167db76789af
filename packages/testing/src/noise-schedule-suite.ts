import { describe, expect, it } from 'vitest';

/** `NoiseSchedule` of `@immiscible/schedulers`, to a package that doesn't import it. */
export interface ScheduleUnderTest {
  /** T. */
  readonly timesteps: number;
  /** `[T]`, variance that each step adds. */
  readonly beta: ArrayLike<number>;
  /** `[T]`, `1 − beta`. */
  readonly alpha: ArrayLike<number>;
  /** `[T]`, their running product. */
  readonly alphaBar: ArrayLike<number>;
}

/**
 * The contract suite of noise schedules: tables of T values that belong together, noise that grows with every step and starts from
 * a clean image.
 *
 * @param name - for the title
 * @param make - makes the schedule of so many timesteps
 */
export function describeNoiseSchedule(name: string, make: (timesteps: number) => ScheduleUnderTest): void {
  describe(`${name} is a noise schedule`, () => {
    it.each([1, 2, 10, 1000])('has tables of %d values', (timesteps) => {
      const { beta, alpha, alphaBar, timesteps: told } = make(timesteps);
      expect([told, beta.length, alpha.length, alphaBar.length]).toEqual([
        timesteps,
        timesteps,
        timesteps,
        timesteps,
      ]);
    });

    it('alpha is 1 − beta, and alphaBar its running product', () => {
      const { beta, alpha, alphaBar } = make(1000);
      let product = 1;
      for (let t = 0; t < 1000; t++) {
        product *= 1 - (beta[t] as number);
        expect(alpha[t]).toBe(1 - (beta[t] as number));
        expect(Math.abs((alphaBar[t] as number) - product)).toBeLessThanOrEqual(1e-12 * product);
      }
    });

    it('each step adds noise, and only the last may leave nothing of the image', () => {
      const { beta, alphaBar } = make(1000);
      for (let t = 0; t < 1000; t++) {
        expect(beta[t]).toBeGreaterThan(0);
        expect(beta[t]).toBeLessThanOrEqual(t === 999 ? 1 : 1 - Number.EPSILON / 2);
        expect(alphaBar[t]).toBeLessThan(t === 0 ? 1 : (alphaBar[t - 1] as number));
      }
    });

    it('goes from an image with little noise to noise with little image', () => {
      const { alphaBar } = make(1000);
      expect(alphaBar[0]).toBeGreaterThan(0.98);
      expect(alphaBar[999]).toBeLessThan(0.02);
    });
  });
}
