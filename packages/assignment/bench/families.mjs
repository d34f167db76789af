import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';

const matrix = (rows, cols, f) => {
  const data = new Float64Array(rows * cols);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) data[k] = f(i, j);
  return ndarray(data, [rows, cols]);
};

/** Kinds of costs that solvers find easy or hard, by name: `(n, seed) → cost`. */
export const families = {
  uniform: (n, seed = 1) => {
    const rng = createRng(seed);
    return matrix(n, n, () => rng.uniform());
  },
  'integers 0-100': (n, seed = 2) => {
    const rng = createRng(seed);
    return matrix(n, n, () => rng.integer(0, 101));
  },
  '2-D Euclidean': (n, seed = 3) => {
    const rng = createRng(seed);
    const at = Array.from({ length: 2 * n }, () => [rng.uniform(), rng.uniform()]);
    return matrix(n, n, (i, j) => Math.hypot(at[i][0] - at[n + j][0], at[i][1] - at[n + j][1]));
  },
  'rank one': (n, seed = 4) => {
    const rng = createRng(seed);
    const x = Array.from({ length: 2 * n }, () => rng.normal());
    return matrix(n, n, (i, j) => x[i] * x[n + j]);
  },
  'rank three': (n, seed = 5) => {
    const rng = createRng(seed);
    const x = Array.from({ length: 6 * n }, () => rng.normal());
    return matrix(n, n, (i, j) => {
      const [a, b] = [3 * i, 3 * (n + j)];
      return x[a] * x[b] + x[a + 1] * x[b + 1] + x[a + 2] * x[b + 2];
    });
  },
  'i·j (Machol–Wien)': (n) => matrix(n, n, (i, j) => (i + 1) * (j + 1)),
  'already diagonal': (n, seed = 6) => {
    const rng = createRng(seed);
    return matrix(n, n, (i, j) => (i === j ? 0 : 1 + rng.uniform()));
  },
  'all equal': (n) => matrix(n, n, () => 7),
  'block-sparse, forbidden pairs': (n, seed = 7) => {
    const rng = createRng(seed);
    const block = Math.ceil(n / 3);
    return matrix(n, n, (i, j) =>
      Math.floor(i / block) === Math.floor(j / block) ? rng.uniform() : Infinity,
    );
  },
  'rectangular 1:2': (n, seed = 8) => {
    const rng = createRng(seed);
    return matrix(n >> 1, n, () => rng.uniform());
  },
  'rectangular 1:10': (n, seed = 9) => {
    const rng = createRng(seed);
    return matrix(Math.ceil(n / 10), n, () => rng.uniform());
  },
  'rectangular 10:1': (n, seed = 10) => {
    const rng = createRng(seed);
    return matrix(n, Math.ceil(n / 10), () => rng.uniform());
  },
};
