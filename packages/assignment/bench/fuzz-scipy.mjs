// Random matrices, ours against SciPy's answers and errors: node bench/fuzz-scipy.mjs [PYTHON] [COUNT] [SEED]
// Sizes 0-64, square and rectangular, ties, ranges from 1e-300 to 1e300, denormals, infinities, NaN, maximizing too.
// Exits with 1 if an answer is worse than SciPy's by more than 1e-12 of the costs assigned, or one of the two throws alone.
import { auction, certify, jonkerVolgenant, solveAssignment } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [python = 'python3', count = '100000', seed = '1'] = process.argv.slice(2);
const rng = createRng(Number(seed));

const entries = {
  uniform: () => rng.uniform(),
  normal: () => rng.normal(),
  'few integers': () => rng.integer(0, 3),
  integers: () => rng.integer(-50, 51),
  'all equal': () => 7,
  'heavy tail': () => Math.exp(8 * rng.normal()),
  'huge offset': () => 1e12 + rng.uniform(),
  'any range': () => rng.normal() * 10 ** rng.integer(-300, 300),
  denormals: () => rng.integer(-9, 10) * 5e-324,
  'tiny and huge': () => (rng.uniform() < 0.5 ? 1e-300 : 1e300) * rng.uniform(),
};
const kinds = Object.keys(entries);

function problem() {
  const kind = kinds[rng.integer(0, kinds.length)];
  const most = rng.uniform() < 0.5 ? 9 : 65;
  const rows = rng.integer(0, most);
  const cols = rng.uniform() < 0.5 ? rows : rng.integer(0, most);
  const data = Float64Array.from({ length: rows * cols }, entries[kind]);
  const maximize = rng.uniform() < 0.25;
  const spice = rng.uniform();
  if (data.length && spice < 0.3) {
    const value =
      spice < 0.2 ? (maximize ? -Infinity : Infinity) : spice < 0.25 ? NaN : maximize ? Infinity : -Infinity;
    const share = spice < 0.2 ? rng.uniform() ** 2 : 0;
    for (let k = 0; k < data.length; k++) if (rng.uniform() < share) data[k] = value;
    if (share === 0) data[rng.integer(0, data.length)] = value;
  }
  return { kind, cost: ndarray(data, [rows, cols]), maximize };
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-scipy-'));
const child = spawn(python, [fileURLToPath(new URL('scipy-server.py', import.meta.url)), '--batch'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
console.log(`SciPy ${(await lines.next()).value}, seed ${seed}`);
const seen = { optimal: 0, refused: 0, better: 0, wrong: 0 };
const BATCH = 1000;
for (let done = 0; done < Number(count); done += BATCH) {
  const problems = Array.from({ length: Math.min(BATCH, Number(count) - done) }, problem);
  const head = Int32Array.from(problems.flatMap(({ cost, maximize }) => [...cost.shape, Number(maximize)]));
  const file = join(folder, 'batch');
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from(Int32Array.of(problems.length).buffer),
      Buffer.from(head.buffer),
      ...problems.map(({ cost }) => Buffer.from(cost.data.buffer)),
    ]),
  );
  child.stdin.write(`${file}\n`);
  const answers = JSON.parse((await lines.next()).value);
  for (const [k, { kind, cost, maximize }] of problems.entries()) {
    const theirs = answers[k];
    for (const solver of [solveAssignment, auction, jonkerVolgenant]) {
      let ours = null;
      let error;
      try {
        ours = solver(cost, { maximize });
      } catch (thrown) {
        error = thrown;
      }
      const wrong = (what) => {
        seen.wrong++;
        console.log('WRONG', what, solver.name, kind, cost.shape, { maximize }, error?.message ?? '');
      };
      if ((ours === null) !== (theirs === null)) {
        wrong(ours === null ? 'only ours throws' : 'only SciPy throws');
        continue;
      }
      if (ours === null) {
        seen.refused++;
        continue;
      }
      const sign = maximize ? -1 : 1;
      let size = 0;
      for (let i = 0; i < cost.shape[0]; i++) {
        const j = ours.rowToCol[i];
        if (j >= 0) size += Math.abs(cost.get(i, j));
      }
      const difference = sign * (ours.totalCost - theirs.total);
      const allowed = 1e-12 * Math.max(size, theirs.size) + 1e-307;
      if (difference > allowed) wrong(`total ${ours.totalCost}, SciPy's ${theirs.total}`);
      else if (difference < -allowed) seen.better++;
      else seen.optimal++;
      const certificate = certify(cost, ours, { maximize });
      if (!certificate.optimal) wrong(`not certified: ${JSON.stringify(certificate)}`);
    }
  }
}
child.stdin.end();
rmSync(folder, { recursive: true });
console.log(JSON.stringify(seen));
if (seen.wrong > 0) process.exitCode = 1;
