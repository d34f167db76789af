// Ours against SciPy on the same float64 matrices, in turn: node bench/compare-scipy.mjs [PYTHON] [N ...]
// [--families] [--metric l2] [--depth 3072] [--solver NAME]
import { auction, jonkerVolgenant, solveAssignment } from '@immiscible/assignment';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { families } from './families.mjs';
import { imageNoiseCost, median } from './matrix.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    families: { type: 'boolean', default: false },
    only: { type: 'string' },
    metric: { type: 'string', default: 'squaredL2' },
    depth: { type: 'string', default: '784' },
    solver: { type: 'string', default: 'solveAssignment' },
  },
});
const [python = 'python3', ...sizes] = positionals;
const solve = { solveAssignment, auction, jonkerVolgenant }[values.solver];
const folder = mkdtempSync(join(tmpdir(), 'compare-scipy-'));
const child = spawn(python, [fileURLToPath(new URL('scipy-server.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const scipy = (await lines.next()).value;

const names = values.families
  ? Object.keys(families).filter((name) => !values.only || name.includes(values.only))
  : [`image–noise, ${values.metric}, D=${values.depth}`];
console.log(`${cpus()[0].model}, Node ${process.versions.node}, SciPy ${scipy}; medians, in turn\n`);
console.log('| costs | n | ours ms | SciPy ms | ratio | totals differ by |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const name of names) {
  for (const n of sizes.length ? sizes.map(Number) : [128, 256, 512, 1024, 2048]) {
    const cost = values.families
      ? families[name](n)
      : await imageNoiseCost(n, { metric: values.metric, size: Number(values.depth) });
    const [rows, cols] = cost.shape;
    const file = join(folder, 'cost.f64');
    writeFileSync(file, Buffer.from(cost.data.buffer));
    const ours = [];
    const theirs = [];
    let difference = 0;
    // The engine compiles what runs often; SciPy is compiled already.
    for (let r = 0; r < (n <= 512 ? 30 : n <= 1024 ? 5 : 1); r++) solve(cost);
    for (let r = 0, spent = 0; r < 11 && (spent < 8000 || r < 1); r++) {
      const start = performance.now();
      const { totalCost } = solve(cost);
      ours.push(performance.now() - start);
      child.stdin.write(`${file} ${rows} ${cols}\n`);
      const [ms, total] = (await lines.next()).value.split(' ').map(Number);
      theirs.push(ms);
      spent += ms + ours[r];
      difference = Math.max(difference, Math.abs(totalCost - total) / Math.max(Math.abs(total), 1e-300));
    }
    const [mine, its] = [median(ours), median(theirs)];
    console.log(
      `| ${name} | ${rows === cols ? n : `${rows}×${cols}`} | ${mine.toFixed(mine < 10 ? 2 : 1)} | ${its.toFixed(its < 10 ? 2 : 1)} | ` +
        `${(its / mine).toFixed(1)}× | ${difference === 0 ? 0 : difference.toExponential(0)} |`,
    );
  }
}
child.stdin.end();
rmSync(folder, { recursive: true });
