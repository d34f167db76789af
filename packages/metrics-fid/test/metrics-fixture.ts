import { readFileSync } from 'node:fs';
import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { uniform } from './inception-fixture.js';

export const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'),
) as {
  prdc: { k: number; precision: number; recall: number; density: number; coverage: number }[];
  kid: number;
  kernels: {
    kid_kernel: string;
    kid_kernel_poly_degree?: number;
    kid_kernel_poly_gamma?: number;
    kid_kernel_poly_coef0?: number;
    kid_kernel_rbf_sigma?: number;
    value: number;
  }[];
  mifid: { copies: boolean; threshold: number; value: number }[];
  inceptionScore: { value: number; std: number };
  frechet: { name: string; n: number; m: number; d: number; decay: number; value: number }[];
};

/** As in fixtures/make-metrics.py. */
export function vectors(seed: number, n: number, d: number, { shift = 0, decay = 1, scale = 1 } = {}) {
  const x = uniform(seed, n * d).map((value, i) => (value - 0.5) * decay ** (i % d));
  const data = x.map((value, i) => {
    const before = i % d === 0 ? i + d - 1 : i - 1;
    return scale * (value + 0.5 * (x[before] as number) + shift);
  });
  return ndarray(data, [n, d]);
}

export function normal(seed: number, n: number, d: number): NdArray<Float64Array> {
  const rng = createRng(seed);
  return ndarray(
    Float64Array.from({ length: n * d }, () => rng.normal()),
    [n, d],
  );
}
