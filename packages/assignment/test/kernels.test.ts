import { createRng } from '@immiscible/core';
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { auction } from '../src/auction.js';
import { certify } from '../src/certify.js';
import { innerProducts, plainProducts } from '../src/pair-sums.js';
import { kernels } from '../src/kernels.js';
import { costFamilies } from '@immiscible/testing/host';

describe('the WebAssembly kernels', () => {
  it('are what their sources compile to', async () => {
    const { compile } = (await import('../../../tools/build-wasm.mjs' as string)) as {
      compile(name: string): Promise<Buffer>;
    };
    const { KERNELS } = await import('../src/kernels-binary.js');
    expect(KERNELS).toBe((await compile('assignment')).toString('base64'));
    expect(readFileSync(new URL('../src/kernels-binary.ts', import.meta.url), 'utf8')).toContain(KERNELS);
  });

  it('multiply as plain float64 does, up to float32 rounding, for all remainders of the tiles', () => {
    const rng = createRng(0);
    const rows = (count: number, size: number) => ({
      data: rng.fillNormal(new Float32Array(count * size)),
      count,
      size,
    });
    for (const [n, m, size] of [
      [9, 12, 64],
      [10, 13, 67],
      [11, 70, 1030],
      [67, 129, 33],
    ] as const) {
      const x = rows(n, size);
      const y = rows(m, size);
      const exact = plainProducts(x, y);
      innerProducts(x, y).forEach((value, k) =>
        expect(Math.abs(value - exact[k]!)).toBeLessThan(1e-6 * size),
      );
    }
  });

  it('bid to the same optimum as the plain code', async () => {
    const problems = Object.entries(costFamilies(90, createRng(1)));
    const withSimd = problems.map(([, costs]) => auction(costs).totalCost);
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    const plain = await import('../src/auction.js');
    const without = await import('../src/kernels.js');
    expect(without.kernels()).toBeNull();
    problems.forEach(([, costs], k) => {
      const assignment = plain.auction(costs);
      expect(certify(costs, assignment).optimal).toBe(true);
      // Float64 can't tell totals apart that differ by less than rounding in duals of this size.
      const duals = [...assignment.rowDual, ...assignment.colDual].reduce((sum, d) => sum + Math.abs(d), 0);
      expect(Math.abs(assignment.totalCost - withSimd[k]!)).toBeLessThanOrEqual(1e-12 * duals);
    });
    vi.unstubAllGlobals();
    expect(kernels()).not.toBeNull();
  });
});
