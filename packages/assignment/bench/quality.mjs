// What each way of pairing images with noise is worth, and what it takes: node bench/quality.mjs [N ...] [--pooled]
// Fashion-MNIST (28 × 28 × 1) in [-1, 1] and normal noise; means over three draws; the distance is Euclidean.
import { greedy, pairwiseDistance, sinkhorn, solveAssignment } from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import { fashionMnist10k } from '@immiscible/datasets';
import ndarray from 'ndarray';

const sizes = process.argv.slice(2).map(Number);
const { images } = await fashionMnist10k();
const D = 784;
const ways = {
  exact: (x, y, l2) => solveAssignment(l2).rowToCol,
  'exact on float16 distances': (x, y) =>
    solveAssignment(pairwiseDistance(x, y, { metric: 'l2', rounding: 'float16' })).rowToCol,
  'exact on pool2': (x, y) => solveAssignment(pairwiseDistance(x, y, { features: 'pool2' })).rowToCol,
  'exact on pool4': (x, y) => solveAssignment(pairwiseDistance(x, y, { features: 'pool4' })).rowToCol,
  'exact on l1': (x, y) => solveAssignment(pairwiseDistance(x, y, { metric: 'l1' })).rowToCol,
  'exact on cosine': (x, y) => solveAssignment(pairwiseDistance(x, y, { metric: 'cosine' })).rowToCol,
  greedy: (x, y, l2) => greedy(l2).rowToCol,
  'sinkhorn, ε = 0.05 σ': (x, y, l2) =>
    l2.shape[0] > 512
      ? undefined
      : sinkhorn(l2, { epsilon: 0.05 * deviation(l2.data), maxIterations: 200 }).rowToCol,
};

function deviation(data) {
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  return Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
}

console.log(
  '| n | pairing | mean distance falls by | of the exact | ms, distances included |\n| --- | --- | --- | --- | --- |',
);
for (const n of sizes.length ? sizes : [128, 256, 1024]) {
  const rows = Object.keys(ways).map((name) => ({ name, fall: 0, ms: [] }));
  for (let seed = 0; seed < 3; seed++) {
    const rng = createRng(seed);
    const order = rng.permutation(images.shape[0]);
    const x = new Float32Array(n * D);
    for (let i = 0; i < n; i++)
      for (let d = 0; d < D; d++) x[i * D + d] = images.data[order[i] * D + d] / 127.5 - 1;
    const shape = [n, 28, 28, 1];
    const a = ndarray(x, shape);
    const b = ndarray(rng.fillNormal(new Float32Array(n * D)), shape);
    const l2 = pairwiseDistance(a, b, { metric: 'l2' });
    const mean = l2.data.reduce((s, d) => s + d, 0) / (n * n);
    for (const row of rows) {
      const start = performance.now();
      const rowToCol = ways[row.name](
        a,
        b,
        row.name === 'exact' || row.name.startsWith('g') || row.name.startsWith('s')
          ? pairwiseDistance(a, b, { metric: 'l2' })
          : l2,
      );
      row.ms.push(performance.now() - start);
      if (!rowToCol) row.fall = NaN;
      else row.fall += (1 - rowToCol.reduce((s, j, i) => s + l2.get(i, j), 0) / n / mean) / 3;
    }
  }
  for (const { name, fall, ms } of rows) {
    if (Number.isNaN(fall)) continue;
    console.log(
      `| ${n} | ${name} | ${(100 * fall).toFixed(3)} % | ${((100 * fall) / rows[0].fall).toFixed(1)} % | ${Math.min(...ms).toFixed(1)} |`,
    );
  }
}
