// What values of FD-fashion (or FD-random) mean: known changes of real images, and the bias of few images. Prints Markdown.
//
//   npx nx run-many -t build -p metrics-fid,backend
//   node packages/metrics-fid/scripts/what-distances-mean.mjs --data DIR [--extractor fashion|random] [--backend native|wasm]
//
// DIR (default ./fashion-mnist) holds t10k-images-idx3-ubyte.gz of Fashion-MNIST.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import {
  fashionFeatures,
  frechetDistance,
  frechetResult,
  imageStatistics,
  randomFeatures,
  statistics,
} from '../dist/index.js';
import { useBackend } from './backend.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'fashion-mnist' },
    extractor: { type: 'string', default: 'fashion' },
    backend: { type: 'string', default: 'native' },
  },
});
await useBackend(options.backend);

const SIZE = 28;
const PIXELS = SIZE * SIZE;
const rng = createRng(0);
const extractor = options.extractor === 'random' ? randomFeatures({ channels: 1 }) : fashionFeatures();
const file = gunzipSync(readFileSync(join(options.data, 't10k-images-idx3-ubyte.gz')));
const count = file.readUInt32BE(4);
const real = Float32Array.from(file.subarray(16), (byte) => byte / 127.5 - 1);
const array = (data, size = SIZE) => ndarray(data, [data.length / (size * size), size, size, 1]);

/** Blurred by the binomial kernel [1 2 1]/4 both ways, edges repeated. */
function blurred(images) {
  const pass = (from, step, position) => {
    const to = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const low = position(i) === 0 ? i : i - step;
      const high = position(i) === SIZE - 1 ? i : i + step;
      to[i] = (from[low] + 2 * from[i] + from[high]) / 4;
    }
    return to;
  };
  const across = pass(images, 1, (i) => i % SIZE);
  return pass(across, SIZE, (i) => Math.floor(i / SIZE) % SIZE);
}

/** The mean of 2×2 pixels. */
function halved(images) {
  const small = new Float32Array(images.length / 4);
  for (let i = 0; i < small.length; i++) {
    const at = 2 * Math.floor(i / 14) * SIZE + 2 * (i % 14);
    small[i] = (images[at] + images[at + 1] + images[at + SIZE] + images[at + SIZE + 1]) / 4;
  }
  return small;
}

function noisy(images, sigma, stream) {
  const draw = rng.split(stream);
  return images.map((value) => Math.min(1, Math.max(-1, value + sigma * draw.normal())));
}

function moved(images, pixels) {
  return images.map((_, i) => (i % SIZE < pixels ? -1 : images[i - pixels]));
}

const started = performance.now();
const features = await extractor.extract(array(real));
const seconds = (performance.now() - started) / 1000;
console.log(`features of ${count} images: ${seconds.toFixed(1)} s on ${options.backend}, ${extractor.id}\n`);

const rows = (order) => {
  const data = new Float32Array(order.length * extractor.dimensions);
  order.forEach((image, row) => {
    const at = image * extractor.dimensions;
    data.set(features.data.subarray(at, at + extractor.dimensions), row * extractor.dimensions);
  });
  return statistics(extractor.dimensions)
    .update(ndarray(data, [order.length, extractor.dimensions]))
    .finish();
};
const order = rng.split('halves').permutation(count);
const whole = await imageStatistics(extractor, array(real));
const of = async (images, size = SIZE) => imageStatistics(extractor, array(images, size));
const table = [
  [
    'two disjoint halves',
    frechetDistance(rows(order.slice(0, count / 2)), rows(order.slice(count / 2))),
    [count / 2, count / 2],
  ],
];
const against = async (name, images, size, reference = whole) => {
  const { value, n } = frechetResult(await of(images, size), reference);
  table.push([name, value, n]);
};
await against(
  'turned to 8 bits and back',
  real.map((value) => Math.round((value + 1) * 127.5) / 127.5 - 1),
);
await against('noise of σ = 0.02 added', noisy(real, 0.02, 'weak'));
await against('noise of σ = 0.1 added', noisy(real, 0.1, 'medium'));
await against('noise of σ = 0.3 added', noisy(real, 0.3, 'strong'));
await against('moved by 1 pixel', moved(real, 1));
await against('moved by 3 pixels', moved(real, 3));
await against('blurred a little ([1 2 1]/4 both ways)', blurred(real));
await against('blurred four times', blurred(blurred(blurred(blurred(real)))));
await against('as 14×14, against 28×28', halved(real), 14);
const halvedReal = halved(real);
const halvedStatistics = await of(halvedReal, 14);
const share = (size, part) => halvedReal.filter((_, i) => Math.floor(i / size) % 2 === part);
{
  const { value, n } = frechetResult(await of(share(196, 0), 14), await of(share(196, 1), 14));
  table.push(['as 14×14: every other image against the rest', value, n]);
}
await against(
  'as 14×14, noise of σ = 0.1 added, against 14×14',
  noisy(halvedReal, 0.1, 'small'),
  14,
  halvedStatistics,
);
await against('one class in ten missing (label 0)', withoutLabel(real, 0));
await against('mean image only, noise of σ = 0.1 added', noisy(meanImages(real), 0.1, 'mean'));
await against('normal noise, clipped', noisy(new Float32Array(real.length), 1, 'noise'));
await against('black images', new Float32Array(real.length).fill(-1));

function withoutLabel(images, label) {
  const labels = gunzipSync(readFileSync(join(options.data, 't10k-labels-idx1-ubyte.gz'))).subarray(8);
  return images.filter((_, i) => labels[Math.floor(i / PIXELS)] !== label);
}
function meanImages(images) {
  const mean = new Float64Array(PIXELS);
  images.forEach((value, i) => (mean[i % PIXELS] += value / count));
  return images.map((_, i) => mean[i % PIXELS]);
}

console.log(`| images against the 10,000 | FD-${options.extractor} | n |\n|---|---|---|`);
for (const [name, value, n] of table) console.log(`| ${name} | ${value.toPrecision(3)} | ${n.join(', ')} |`);

console.log('\n| n | mean distance of n images from the other 5,000 | standard deviation |\n|---|---|---|');
const reference = rows(order.slice(count / 2));
for (const n of [100, 250, 500, 1000, 2000, 5000]) {
  const values = Array.from({ length: n === 5000 ? 1 : 20 }, (_, k) => {
    const pick = rng
      .split('bias')
      .split(n)
      .split(k)
      .permutation(count / 2);
    return frechetDistance(rows(order.slice(0, count / 2).filter((_, i) => pick[i] < n)), reference);
  });
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
  console.log(`| ${n} | ${mean.toPrecision(3)} | ${values.length > 1 ? deviation.toPrecision(2) : '–'} |`);
}
