import { jonkerVolgenant, solveAssignment, solveBatch } from '@immiscible/assignment';
import { type AssignmentPool, assignmentPool } from '@immiscible/assignment/pool';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costFamilies, costsOf } from '@immiscible/testing/host';

/** A source file as a module that Node reads, in `folder`. */
async function bundle(name: string, folder: string, noExternal: true | string[]): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal, resolve: { conditions: ['@immiscible/source'] } },
    build: {
      ssr: fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
}

describe('assignmentPool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assignment-pool-'));
  let pool: AssignmentPool;
  beforeAll(async () => {
    // Threads don't read TypeScript: the script is bundled from the sources under test.
    await bundle('worker', folder, true);
    pool = assignmentPool({ threads: 2, worker: pathToFileURL(join(folder, 'worker.mjs')) });
  });
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  it('answers as the synchronous form does, whatever the solver', async () => {
    const costs = Object.values(costFamilies(70, createRng(1)));
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
      [0, 1, 2].map((k) => solveAssignment(costsOf(5, 4, (i, j) => costs.get(k, i, j))).totalCost),
    );
    expect(await pool.solveBatch(costs)).toEqual(here);
    const turned = costs.transpose(0, 2, 1);
    expect(await pool.solveBatch(turned)).toEqual(solveBatch(turned));
  });

  it('rejects with the error that the synchronous form throws', async () => {
    const cost = costsOf(3, 3, (i, j) => (i === 1 && j === 2 ? NaN : 1));
    await expect(pool.solve(cost)).rejects.toThrow(/NaN at row 1, column 2/);
  });

  it('takes the memory over on request only', async () => {
    const cost = costsOf(8, 8, (i, j) => i * j);
    await pool.solve(cost);
    expect(cost.data).toHaveLength(64);
    await pool.solve(cost, { transfer: true });
    expect(cost.data).toHaveLength(0);
  });

  it('refuses what it does not know, before a thread sees it', async () => {
    expect(() => assignmentPool({ threads: 0 })).toThrow('threads must be an integer of at least 1, got 0');
    expect(() => assignmentPool({ workers: 2 } as never)).toThrow('options has no key "workers"');
    expect(() => assignmentPool({ worker: './worker.js' as never })).toThrow('worker must be the URL');
    expect(() => solveBatch(ndarray(new Float64Array(4), [2, 2]))).toThrow(/rank 3/);
    const cost = costsOf(3, 3, (i, j) => i * j);
    await expect(pool.solve(cost, { maximise: true } as never)).rejects.toThrow('did you mean "maximize"?');
    await expect(pool.solve(cost, { solver: jonkerVolgenant as never })).rejects.toThrow(
      'solver must be one of "auto", "auction", "jonkerVolgenant", "greedy", got the function jonkerVolgenant',
    );
    await expect(pool.solve([[1]] as never)).rejects.toThrow('solve: cost must be an NdArray');
    await expect(pool.solveBatch([cost, undefined as never])).rejects.toThrow(
      'problem 1: cost must be an NdArray',
    );
  });

  describe('with a worker that', () => {
    const cases = join(folder, 'cases.mjs');
    const withWorker = async (
      script: string,
      use: (pool: AssignmentPool) => Promise<void>,
      threads = 1,
    ): Promise<void> => {
      writeFileSync(cases, script);
      const own = assignmentPool({
        threads,
        worker: new URL(`${pathToFileURL(cases).href}?${script.length}`),
      });
      try {
        await use(own);
      } finally {
        await own.close();
      }
    };
    const cost = (rows: number) => costsOf(rows, rows, (i, j) => i + j);
    // What it answers is of no matter here.
    const script = `export default ({ shape }) => {
      if (shape[0] === 7) process.exit(3);
      if (shape[0] === 8) throw 'a string';
      if (shape[0] === 9) return new Proxy({}, {});
      if (shape[0] === 10) return new Promise(() => {});
      if (shape[0] === 11) setTimeout(() => { throw new Error('later'); });
      return { rows: shape[0] };
    };`;

    it('ends, throws or answers with what cannot be sent rejects, and goes on with the next problem', async () => {
      await withWorker(script, async (own) => {
        await expect(own.solve(cost(7))).rejects.toThrow(
          'assignmentPool: worker must answer before it ends, got the end of its thread (exit code 3)',
        );
        await expect(own.solve(cost(8))).rejects.toThrow('got "a string" thrown');
        await expect(own.solve(cost(9))).rejects.toThrow('worker must return an assignment');
        const many = await Promise.allSettled([3, 7, 4, 7, 11, 5].map((rows) => own.solve(cost(rows))));
        expect(many.map(({ status }) => status)).toEqual([
          'fulfilled',
          'rejected',
          'fulfilled',
          'rejected',
          'fulfilled',
          'fulfilled',
        ]);
      });
    });

    it('never answers is ended by close, and its problem and those that wait are rejected', async () => {
      await withWorker(script, async (own) => {
        const problems = [own.solve(cost(10)), own.solve(cost(4)), own.solve(cost(7))];
        const settled = Promise.allSettled(problems);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await own.close();
        expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
        await expect(own.solve(cost(3))).rejects.toThrow('pool must be open');
      });
    });

    it.each([
      [
        'fails while it starts',
        'throw new Error("no such thing");',
        'worker must start, got "no such thing"',
      ],
      [
        'ends while it starts',
        'process.exit(4);',
        'worker must start, got "assignmentPool: worker must answer',
      ],
    ])('%s rejects', async (_, script, message) => {
      await withWorker(script, async (own) => {
        await expect(own.solve(cost(3))).rejects.toThrow(message);
        await expect(own.solve(cost(3))).rejects.toThrow(message);
      });
    });
  });

  it('works in a process that evaluates a text, whose flags workers would inherit', async () => {
    // Inside the package, so that its dependencies are found.
    const root = fileURLToPath(new URL('../out-tsc', import.meta.url));
    mkdirSync(root, { recursive: true });
    const inside = mkdtempSync(join(root, 'pool-'));
    try {
      await bundle('pool', inside, ['@immiscible/core']);
      const text = `
        import { assignmentPool } from ${JSON.stringify(pathToFileURL(join(inside, 'pool.mjs')).href)};
        import ndarray from 'ndarray';
        const pool = assignmentPool({ threads: 1, worker: new URL(${JSON.stringify(pathToFileURL(join(folder, 'worker.mjs')).href)}) });
        console.log((await pool.solve(ndarray(new Float64Array([4, 1, 3, 2, 0, 5, 3, 2, 2]), [3, 3]))).rowToCol.join(' '));
        await pool.close();`;
      for (const flags of [
        ['--input-type=module', '-e', text],
        ['--input-type', 'module', '--eval', text],
      ]) {
        const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: inside, encoding: 'utf8' });
        expect(`${stderr}${stdout}`).toBe('1 0 2\n');
      }
    } finally {
      rmSync(inside, { recursive: true });
    }
  });
});
