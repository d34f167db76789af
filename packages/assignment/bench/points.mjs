// Time and memory of `assignPoints` on images against normal noise: node bench/points.mjs IDX.gz N [SIZE]
// IDX.gz: 28 × 28 images; SIZE numbers a row are taken, repeated beyond 784 with a little noise so that rows stay different.
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { assignPoints } from '../dist/index.js';

const [file, count = '4096', width = '784'] = process.argv.slice(2);
const [n, size] = [Number(count), Number(width)];
const pixels = gunzipSync(readFileSync(file)).subarray(16);
const rng = createRng(0);
const images = new Float32Array(n * size);
for (let i = 0; i < n; i++) {
  const from = (i % (pixels.length / 784)) * 784;
  for (let d = 0; d < size; d++) {
    images[i * size + d] = pixels[from + (d % 784)] / 127.5 - 1 + (d >= 784 ? 0.1 * rng.normal() : 0);
  }
}
const noise = rng.fillNormal(new Float32Array(n * size));
const start = performance.now();
const { gap, totalCost } = assignPoints(ndarray(images, [n, size]), ndarray(noise, [n, size]));
const seconds = (performance.now() - start) / 1e3;
const mebibytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ n, size, seconds, gap, totalCost, mebibytes }));
