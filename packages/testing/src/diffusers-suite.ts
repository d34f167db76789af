import type { NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { type ClosedFormRun, closedFormRun } from './closed-form-run.js';

/** A scheduler of diffusers, and where it leads {@link closedFormRun}. */
export interface DiffusersSamples {
  /** What diffusers saved as `scheduler_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The samples after so many steps; null where diffusers itself fails or gives NaN. */
  readonly end: Readonly<Record<string, readonly number[] | null>>;
}

/** How a package reads, writes and does what a config says. */
export interface DiffusersCases<S> {
  /** What diffusers did. */
  readonly samples: readonly DiffusersSamples[];
  /** `fromDiffusersConfig` */
  readonly read: (config: string | object) => S;
  /** `toDiffusersConfig` */
  readonly write: (scheduler: S) => Record<string, unknown>;
  /** Samples `closedFormModel` by the scheduler, in so many steps. */
  readonly sample: (scheduler: S, steps: number, run: ClosedFormRun) => Promise<NdArray<Float32Array>>;
  /** How far samples may be off, as a share of the largest of them. @defaultValue 1e-5 */
  readonly tolerance?: (scheduler: S) => number;
  /** Numbers of steps that are refused here though diffusers takes them. */
  readonly refuses?: (config: DiffusersSamples['config'], steps: number) => boolean;
  /** Keys that are written with another value that means the same. */
  readonly rewords?: (key: string, config: DiffusersSamples['config']) => boolean;
}

/**
 * A suite: with the same network and the same draws, samplers end where those of real diffusers end, for each config and number of steps;
 * and a config that was read and is written says what it said.
 *
 * @param cases - the package's functions, and the fixture
 */
export function describeDiffusersSamples<S>(cases: DiffusersCases<S>): void {
  const { samples, read, write, sample, tolerance = () => 1e-5 } = cases;
  const { refuses = () => false, rewords = () => false } = cases;
  describe.each(samples)('a config of diffusers: $config', ({ config, end }) => {
    it('is sampled as diffusers does', async () => {
      const scheduler = read(config);
      for (const [steps, expected] of Object.entries(end)) {
        const run = async () => sample(scheduler, Number(steps), closedFormRun());
        if (expected === null || refuses(config, Number(steps))) {
          await expect(run()).rejects.toThrow(RangeError);
          continue;
        }
        const { data } = await run();
        const scale = Math.max(1, ...expected.map(Math.abs));
        const off = Math.max(...expected.map((value, j) => Math.abs(value - (data[j] as number)))) / scale;
        expect.soft(off, `${steps} steps`).toBeLessThan(tolerance(scheduler));
      }
    });

    it('that was read and is written says the same', () => {
      const scheduler = read(config);
      const written = write(scheduler);
      expect(read(JSON.stringify(written))).toEqual(scheduler);
      for (const [key, value] of Object.entries(written)) {
        if (key.startsWith('_') || rewords(key, config)) continue;
        if (typeof value === 'number') expect(value, key).toBeCloseTo(config[key] as number, 12);
        else expect(value, key).toEqual(config[key]);
      }
    });
  });
}
