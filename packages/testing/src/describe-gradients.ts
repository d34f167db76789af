import { createRng } from '@immiscible/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientCases } from './gradient-cases.js';
import { type GradientCase, gradientErrors } from './gradient-check.js';
import { expectNoLeak } from './leaks.js';

/** What {@link describeGradients} is told beside the backend. */
export interface DescribeGradientsOptions {
  /** The operations to check. @defaultValue all of `gradientCases` */
  readonly cases?: readonly GradientCase[];
  /** Operations whose gradient is known to be wrong or missing on this backend, with the reason. */
  readonly known?: Readonly<Record<string, string>>;
}

/** Share of the gradient's norm by which a directional derivative may be off. */
const TOLERANCE = 2e-3;

/**
 * A suite: the analytic gradient of each operation equals its central differences on one backend, with batches of more
 * than one, and leaves nothing behind.
 *
 * @param backendName - for the titles
 * @param setup - makes the backend the one in use, with gradients registered
 * @param options - operations to check, and known faults
 */
export function describeGradients(
  backendName: string,
  setup: () => unknown,
  options: DescribeGradientsOptions = {},
): void {
  const { cases = gradientCases, known = {} } = options;
  describe(`gradients on ${backendName}`, () => {
    beforeAll(async () => {
      await setup();
    });
    for (const gradientCase of cases) {
      const { name } = gradientCase;
      const reason = known[name];
      // A known fault is expected: the day it is mended, its test fails and the exception goes.
      const test = reason === undefined ? it : it.fails;
      test(`${name} has the gradient of central differences${reason ? ` (known not to: ${reason})` : ''}`, () => {
        for (const { input, analytic, numeric, norm } of gradientErrors(gradientCase, createRng(7))) {
          const scale = Math.max(norm, 1);
          expect(
            Math.abs(analytic - numeric) / scale,
            `input ${input}: analytic ${analytic}, numeric ${numeric}`,
          ).toBeLessThan(TOLERANCE);
        }
      });
    }
    it('no operation or gradient leaves a tensor or a buffer behind', async () => {
      for (const gradientCase of cases) {
        if (known[gradientCase.name] !== undefined) continue;
        await expectNoLeak(() => {
          gradientErrors(gradientCase, createRng(7), 1);
          return [];
        });
      }
    });
  });
}
