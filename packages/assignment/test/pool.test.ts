import { solveAssignment, solveBatch } from '@immiscible/assignment';
import { type AssignmentPool, assignmentPool } from '@immiscible/assignment/pool';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families, matrix } from './matrices.js';

describe('assignmentPool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assignment-pool-'));
  let pool: AssignmentPool;
  beforeAll(async () => {
    // Threads don't read TypeScript: the script is bundled from the sources under test.
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true },
      build: {
        ssr: fileURLToPath(new URL('../src/worker.ts', import.meta.url)),
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: 'worker.mjs' } },
      },
    });
    pool = assignmentPool({ threads: 2, worker: pathToFileURL(join(folder, 'worker.mjs')) });
  });
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  it('answers as the synchronous form does, whatever the solver', async () => {
    const costs = Object.values(families(70, createRng(1)));
    const here = solveBatch(costs);
    expect(await pool.solveBatch(costs)).toEqual(here);
    for (const solver of ['auction', 'jonkerVolgenant'] as const) {
      const there = await pool.solveBatch(costs, { solver });
      there.forEach(({ totalCost }, k) =>
        expect(Math.abs(totalCost - here[k]!.totalCost)).toBeLessThanOrEqual(1e-12 * Math.abs(totalCost)),
      );
    }
  });

  it('takes a rank-3 array, and views', async () => {
    const rng = createRng(2);
    const costs = ndarray(
      Float64Array.from({ length: 3 * 5 * 4 }, () => rng.uniform()),
      [3, 5, 4],
    );
    const here = solveBatch(costs);
    expect(here.map(({ totalCost }) => totalCost)).toEqual(
      [0, 1, 2].map((k) => solveAssignment(matrix(5, 4, (i, j) => costs.get(k, i, j))).totalCost),
    );
    expect(await pool.solveBatch(costs)).toEqual(here);
    const turned = costs.transpose(0, 2, 1);
    expect(await pool.solveBatch(turned)).toEqual(solveBatch(turned));
  });

  it('rejects with the error that the synchronous form throws', async () => {
    const cost = matrix(3, 3, (i, j) => (i === 1 && j === 2 ? NaN : 1));
    await expect(pool.solve(cost)).rejects.toThrow(/NaN at row 1, column 2/);
  });

  it('takes the memory over on request only', async () => {
    const cost = matrix(8, 8, (i, j) => i * j);
    await pool.solve(cost);
    expect(cost.data).toHaveLength(64);
    await pool.solve(cost, { transfer: true });
    expect(cost.data).toHaveLength(0);
  });

  it('refuses a pool of no threads', () => {
    expect(() => assignmentPool({ threads: 0 })).toThrow(/positive integer/);
    expect(() => solveBatch(ndarray(new Float64Array(4), [2, 2]))).toThrow(/rank 3/);
  });
});
