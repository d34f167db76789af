// `npm run bench -- metrics-fid [DIMENSIONS …] [--python PATH] [--json]`: the Fréchet distance at 64, 512 and 2,048
// dimensions, beside scipy's square root of a matrix where a Python with numpy and scipy is there. With `--stream N`, mean and
// covariance of N × 2,048 features instead, with the memory that they take beyond the features' own stream.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { frechetDistance, statistics } from '@immiscible/metrics-fid';
import ndarray from 'ndarray';

export const name = 'metrics-fid';

/** Statistics of 2·d vectors whose components fall in size, as features' do. */
function sample(d, scale, rng) {
  const sums = statistics(d);
  const block = new Float32Array(64 * d);
  const started = performance.now();
  for (let row = 0; row < 2 * d; row += 64) {
    rng.fillNormal(block);
    for (let i = 0; i < block.length; i++) block[i] *= scale / Math.sqrt(1 + (i % d));
    sums.update(ndarray(block, [64, d]));
  }
  return { result: sums.finish(), seconds: (performance.now() - started) / 1000 };
}

const script = `
import sys, time
import numpy as np
from scipy import linalg
d, path = int(sys.argv[1]), sys.argv[2]
data = np.fromfile(path)
mean, c1, c2 = data[:d], data[d:d + d * d].reshape(d, d), data[d + d * d:].reshape(d, d)
start = time.perf_counter()
root = linalg.sqrtm(c1 @ c2)
value = mean @ mean + np.trace(c1) + np.trace(c2) - 2 * np.trace(root).real
print(time.perf_counter() - start, value)
`;

/** Seconds and value of scipy, or undefined where it can't be had. */
function scipy(python, a, b) {
  const folder = mkdtempSync(join(tmpdir(), 'metrics-fid-'));
  try {
    const path = join(folder, 'gaussians.f64');
    const difference = a.mean.map((value, i) => value - b.mean[i]);
    writeFileSync(
      path,
      Buffer.concat([difference, a.covariance, b.covariance].map((x) => Buffer.from(x.buffer))),
    );
    const { status, stdout } = spawnSync(python, ['-c', script, String(a.dimensions), path], {
      encoding: 'utf8',
    });
    if (status !== 0) return undefined;
    const [seconds, value] = stdout.trim().split(' ').map(Number);
    return { seconds, value };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seconds and peak memory of N × 2,048 features in blocks of 512, beyond what making the blocks alone takes. */
function stream(n) {
  const script = `
    import { createRng } from '@immiscible/core';
    import { statistics } from '@immiscible/metrics-fid';
    import ndarray from 'ndarray';
    const [n, use] = [Number(process.argv[1]), process.argv[2] === 'use'];
    const rng = createRng(0);
    const sums = statistics(2048);
    let spent = 0;
    for (let row = 0; row < n; row += 512) {
      const count = Math.min(512, n - row);
      const block = rng.fillNormal(new Float32Array(count * 2048));
      const start = performance.now();
      if (use) sums.update(ndarray(block, [count, 2048]));
      spent += performance.now() - start;
    }
    const start = performance.now();
    const trace = use ? sums.finish().covariance.reduce((sum, v, i) => (i % 2049 === 0 ? sum + v : sum), 0) : 0;
    spent += performance.now() - start;
    console.log(JSON.stringify({ seconds: spent / 1000, trace, megabytes: process.resourceUsage().maxRSS / 1000 }));`;
  const child = (mode, count) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, String(count), mode],
      { cwd: import.meta.dirname, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const without = child('skip', Math.min(n, 5000));
  const { seconds, trace, megabytes } = child('use', n);
  return { n, seconds, megabytes, more: megabytes - without.megabytes, trace };
}

export async function run({ args, json }) {
  if (args.includes('--stream')) {
    const found = stream(Number(args[args.indexOf('--stream') + 1]));
    if (!json) {
      const { n, seconds, megabytes, more, trace } = found;
      console.log(
        `${n} × 2048: ${seconds.toFixed(1)} s, peak ${megabytes.toFixed(0)} MB, ${more.toFixed(0)} MB of it for the statistics`,
      );
      console.log(`trace of the covariance ${trace.toFixed(2)} (expected 2048)`);
    }
    return found;
  }
  const at = args.indexOf('--python');
  const python = at < 0 ? 'python3' : args[at + 1];
  const sizes = args.filter((arg, i) => /^\d+$/.test(arg) && i !== at + 1).map(Number);
  const results = [];
  if (!json) console.log('dimensions | distance, s | scipy, s | relative difference');
  for (const d of sizes.length > 0 ? sizes : [64, 512, 2048]) {
    const rng = createRng(d);
    const a = sample(d, 1, rng.split('a'));
    const b = sample(d, 1.2, rng.split('b'));
    frechetDistance(sample(8, 1, rng).result, sample(8, 1, rng).result); // compile
    const times = [];
    let value = 0;
    // Interleaved with scipy; the fastest of each.
    const reference = [];
    for (let k = 0; k < (d > 1000 ? 1 : 5); k++) {
      const started = performance.now();
      value = frechetDistance(a.result, b.result);
      times.push((performance.now() - started) / 1000);
      reference.push(scipy(python, a.result, b.result));
    }
    const seconds = Math.min(...times);
    const entry = { dimensions: d, seconds, value };
    if (reference.every((one) => one !== undefined)) {
      entry.scipySeconds = Math.min(...reference.map((one) => one.seconds));
      entry.relativeDifference = Math.abs(value / reference[0].value - 1);
    }
    results.push(entry);
    if (!json) {
      const beside = entry.scipySeconds?.toFixed(4) ?? 'not there';
      const difference = entry.relativeDifference?.toExponential(1) ?? '';
      console.log(`${d} | ${seconds.toFixed(4)} | ${beside} | ${difference}`);
    }
  }
  return { results };
}
