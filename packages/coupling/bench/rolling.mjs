// What pools are worth and what they do to a batch's independence: node bench/rolling.mjs IDX.gz [IMAGES] [SIZE …]
// IDX.gz: 28 × 28 images. Batches of 128, l2 costs, seed 0. Each figure is over all batches that leave a full pool.
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { linearAssignment, meanDistance, rollAssignment } from '../dist/index.js';

const [file, images = '16384', ...sizes] = process.argv.slice(2);
const [BATCH, D] = [128, 784];
const pixels = gunzipSync(readFileSync(file)).subarray(16);
const rng = createRng(0);
const order = rng.permutation(pixels.length / D);
const batches = Array.from({ length: Number(images) / BATCH }, (_, b) => {
  const x0 = new Float32Array(BATCH * D);
  for (let i = 0; i < BATCH; i++) {
    const from = order[(b * BATCH + i) % order.length] * D;
    for (let d = 0; d < D; d++) x0[i * D + d] = pixels[from + d] / 127.5 - 1;
  }
  const noise = rng.split(b).fillNormal(new Float32Array(BATCH * D));
  return { x0: ndarray(x0, [BATCH, D]), noise: ndarray(noise, [BATCH, D]) };
});
const before = batches.reduce((sum, batch) => sum + meanDistance(batch), 0) / batches.length;

const stack = (parts, key) => {
  const data = new Float32Array(parts.length * BATCH * D);
  parts.forEach((part, i) => data.set(part[key].data, i * BATCH * D));
  return ndarray(data, [parts.length * BATCH, D]);
};

async function pooled(size) {
  const couple = linearAssignment();
  const out = [];
  const per = size / BATCH;
  for (let b = 0; b + per <= batches.length; b += per) {
    const own = batches.slice(b, b + per);
    const whole = await couple({ x0: stack(own, 'x0'), noise: stack(own, 'noise') }, rng);
    for (let i = 0; i < per; i++) {
      const cut = (array) => ndarray(array.data.slice(i * BATCH * D, (i + 1) * BATCH * D), [BATCH, D]);
      out.push({ x0: cut(whole.x0), noise: cut(whole.noise) });
    }
  }
  return out;
}

function rolling(size) {
  let pool;
  const out = [];
  for (const batch of batches) {
    const rolled = rollAssignment(pool, batch, { size });
    pool = rolled.pool;
    if (rolled.batch.x0.shape[0] === BATCH) out.push(rolled.batch);
  }
  return out;
}

// Variance of a batch's mean noise, times B: 1 for independent draws; and its correlation with the next batch's, 0.
function independence(out) {
  const means = out.map(({ noise }) => {
    const mean = new Float64Array(D);
    for (let k = 0; k < BATCH * D; k++) mean[k % D] += noise.data[k] / BATCH;
    return mean;
  });
  const dot = (a, b) => a.reduce((sum, value, d) => sum + value * b[d], 0);
  const square = means.reduce((sum, mean) => sum + dot(mean, mean), 0) / means.length;
  let next = 0;
  for (let b = 1; b < means.length; b++) next += dot(means[b - 1], means[b]) / (means.length - 1);
  return { variance: (square * BATCH) / D, next: next / square };
}

const meanSquare = (out) =>
  out.reduce((sum, { noise }) => sum + noise.data.reduce((s, n) => s + n * n, 0) / noise.data.length, 0) /
  out.length;

const table = [];
for (const size of sizes.length > 0 ? sizes.map(Number) : [128, 1024, 2048, 4096]) {
  for (const [name, run] of [['pool', pooled], ...(size > BATCH ? [['rolling pool', rolling]] : [])]) {
    const start = performance.now();
    const out = await run(size);
    const milliseconds = (performance.now() - start) / batches.length;
    const after = out.reduce((sum, batch) => sum + meanDistance(batch), 0) / out.length;
    table.push({
      kind: `${name} of ${size}`,
      'nearer %': (100 * (1 - after / before)).toFixed(2),
      'ms a batch': milliseconds.toFixed(0),
      'mean square': meanSquare(out).toFixed(4),
      ...Object.fromEntries(Object.entries(independence(out)).map(([key, value]) => [key, value.toFixed(3)])),
    });
  }
}
console.table(table);
console.log(
  `chance: variance ±${Math.sqrt(2 / (D * batches.length)).toFixed(4)}, next ±${(1 / Math.sqrt(D * batches.length)).toFixed(4)}`,
);
