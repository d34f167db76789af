import { createRng } from '@immiscible/core';
import { kernelDistance } from '@immiscible/metrics-fid';
import { describe, expect, it } from 'vitest';
import { fixture, normal, vectors } from './metrics-fixture.js';

describe('kernelDistance', () => {
  const a = vectors(3, 60, 20);
  const b = vectors(4, 60, 20, { shift: 0.1 });

  it("gives clean-fid's value where a subset is all there is (test/fixtures/make-metrics.py)", () => {
    const found = kernelDistance(a, b, { rng: createRng(0), subsets: 2, subsetSize: 60 });
    expect(found.value / fixture.kid).toBeCloseTo(1, 9);
    expect(found.std).toBeLessThan(1e-12);
  });

  it('is unbiased: the mean over small subsets of one distribution is 0 within four standard errors', () => {
    const { value, std } = kernelDistance(normal(1, 800, 4), normal(2, 800, 4), {
      rng: createRng(0),
      subsets: 400,
      subsetSize: 20,
    });
    expect(Math.abs(value)).toBeLessThan((4 * std) / Math.sqrt(400) + 0.05);
    expect(std).toBeGreaterThan(0);
  });

  it('refuses fewer vectors than a subset takes', () => {
    expect(() => kernelDistance(a, b, { rng: createRng(0) })).toThrow(
      'real must be at least 1000 vectors, got 60',
    );
  });
});

describe('kernelDistance with other kernels', () => {
  it.each(fixture.kernels)("gives torch-fidelity's value: %j (test/fixtures/make-metrics.py)", (one) => {
    const kernel =
      one.kid_kernel_rbf_sigma !== undefined
        ? { sigma: one.kid_kernel_rbf_sigma }
        : {
            ...(one.kid_kernel_poly_degree !== undefined && { degree: one.kid_kernel_poly_degree }),
            ...(one.kid_kernel_poly_gamma !== undefined && { gamma: one.kid_kernel_poly_gamma }),
            ...(one.kid_kernel_poly_coef0 !== undefined && { coef0: one.kid_kernel_poly_coef0 }),
          };
    const [a, b] = [vectors(3, 60, 20), vectors(4, 60, 20, { shift: 0.1 })];
    const options = { rng: createRng(0), subsets: 1, subsetSize: 60, kernel };
    expect(Math.abs(kernelDistance(a, b, options).value / one.value - 1)).toBeLessThan(1e-10);
  });

  it('refuses kernels that are none', () => {
    const kernelled = (kernel: object) =>
      kernelDistance(vectors(3, 6, 2), vectors(4, 6, 2), { rng: createRng(0), subsetSize: 3, kernel });
    expect(() => kernelled({ sigma: 0 })).toThrow('sigma must be positive, got 0');
    expect(() => kernelled({ degree: 1.5 })).toThrow('degree must be an integer');
    expect(() => kernelled({ coef0: NaN })).toThrow('coef0 must be finite');
  });
});
