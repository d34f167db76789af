// Ours against SciPy on the same float64 matrices, interleaved: node bench/compare-scipy.mjs [PYTHON] [N ...]
import { solveAssignment } from '@immiscible/assignment';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { imageNoiseCost, median } from './matrix.mjs';

const [python = 'python3', ...sizes] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'compare-scipy-'));
const child = spawn(python, [fileURLToPath(new URL('scipy-server.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const scipy = (await lines.next()).value;

console.log(`${cpus()[0].model}, Node ${process.versions.node}, SciPy ${scipy}; medians, interleaved\n`);
console.log('| n | ours ms | SciPy ms | ratio | totals differ by |\n| --- | --- | --- | --- | --- |');
for (const n of sizes.length ? sizes.map(Number) : [128, 256, 512, 1024, 2048]) {
  const cost = await imageNoiseCost(n);
  const file = join(folder, `${n}.f64`);
  writeFileSync(file, Buffer.from(cost.data.buffer));
  const ours = [];
  const theirs = [];
  let difference = 0;
  for (let r = 0; r < (n > 1024 ? 5 : 9); r++) {
    const start = performance.now();
    const { totalCost } = solveAssignment(cost);
    ours.push(performance.now() - start);
    child.stdin.write(`${file} ${n} ${n}\n`);
    const [ms, total] = (await lines.next()).value.split(' ').map(Number);
    theirs.push(ms);
    difference = Math.max(difference, Math.abs(totalCost - total) / total);
  }
  const [a, b] = [median(ours), median(theirs)];
  console.log(
    `| ${n} | ${a.toFixed(1)} | ${b.toFixed(1)} | ${(b / a).toFixed(1)}× | ${difference.toExponential(0)} |`,
  );
}
child.stdin.end();
rmSync(folder, { recursive: true });
