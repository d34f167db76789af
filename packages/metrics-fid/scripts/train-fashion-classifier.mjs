// Trains the classifier whose features FD-fashion is computed from, and writes it as weights/fashion.safetensors.
//
//   npx nx build metrics-fid
//   node packages/metrics-fid/scripts/train-fashion-classifier.mjs --data DIR [--backend native|wasm] [--seed 0]
//     [--epochs 12] [--out packages/metrics-fid/weights/fashion.safetensors]
//
// DIR (default ./fashion-mnist) holds the four .gz files of Fashion-MNIST, e.g. from Debian's dataset-fashion-mnist.
// About a minute an epoch on the native backend and 2 busy cores. New weights mean a new FASHION_SHA256 in
// src/fashion-weights.ts (printed at the end), test/fixtures/make-features.py once more, and the README's table.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createRng } from '@immiscible/core';
import { encodeSafetensors } from '@immiscible/formats';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { FASHION_SHAPES, fashionNetwork } from '../dist/fashion-network.js';
import { enlarge } from '../dist/resize-bilinear.js';
import { useBackend } from './backend.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'fashion-mnist' },
    backend: { type: 'string', default: 'native' },
    seed: { type: 'string', default: '0' },
    epochs: { type: 'string', default: '12' },
    out: {
      type: 'string',
      default: fileURLToPath(new URL('../weights/fashion.safetensors', import.meta.url)),
    },
  },
});
const seed = Number(options.seed);
const epochs = Number(options.epochs);
const batchSize = 128;
const peakRate = 2e-3;
const weightDecay = 0.05;

await useBackend(options.backend);

const SIZE = 28;
const PIXELS = SIZE * SIZE;
const checksum = createHash('sha256');
/** Images in [−1, 1] and labels of one split. */
function read(split) {
  const content = (kind) => {
    const bytes = gunzipSync(readFileSync(join(options.data, `${split}-${kind}-ubyte.gz`)));
    checksum.update(bytes);
    return bytes;
  };
  const images = Float32Array.from(content('images-idx3').subarray(16), (byte) => byte / 127.5 - 1);
  const labels = Int32Array.from(content('labels-idx1').subarray(8));
  return { images, labels, count: labels.length };
}
const train = read('train');
const test = read('t10k');
const dataSha256 = checksum.digest('hex');

const rng = createRng(seed).split('fashion-classifier');
const variables = Object.fromEntries(
  Object.entries(FASHION_SHAPES).map(([name, shape]) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith('.weight')) {
      const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const gain = name.startsWith('conv') ? 2 : 1; // He for what a SiLU follows
      rng.split('init').split(name).fillNormal(values);
      for (let i = 0; i < values.length; i++) values[i] *= Math.sqrt(gain / fanIn);
    }
    return [name, tf.variable(tf.tensor(values, shape), true, name)];
  }),
);

/** 28 → 14 by the mean of 2×2 pixels, and back bilinearly: what a 14×14 data set looks like to the extractor. */
function coarse(images) {
  const count = images.length / PIXELS;
  const small = new Float32Array(images.length / 4);
  for (let i = 0; i < small.length; i++) {
    const [y, x] = [Math.floor(i / 14), i % 14];
    const at = 2 * y * SIZE + 2 * x; // rows of all images, one below the other
    small[i] = (images[at] + images[at + 1] + images[at + SIZE] + images[at + SIZE + 1]) / 4;
  }
  return enlarge(ndarray(small, [count, 14, 14, 1]), SIZE, SIZE).data;
}

/** One training batch: each image moved by up to one pixel; a third of them coarse, so that 14×14 is known too. */
function augmented(order, step) {
  const draw = rng.split('augment').split(step);
  const images = new Float32Array(batchSize * PIXELS).fill(-1);
  const labels = new Int32Array(batchSize);
  for (let row = 0; row < batchSize; row++) {
    const image = order[row];
    labels[row] = train.labels[image];
    const [dy, dx] = [draw.integer(-1, 2), draw.integer(-1, 2)];
    const isCoarse = draw.integer(0, 3) === 0;
    let pixels = train.images.subarray(image * PIXELS, (image + 1) * PIXELS);
    if (isCoarse) pixels = coarse(pixels);
    for (let y = Math.max(0, dy); y < Math.min(SIZE, SIZE + dy); y++) {
      for (let x = Math.max(0, dx); x < Math.min(SIZE, SIZE + dx); x++) {
        images[row * PIXELS + y * SIZE + x] = pixels[(y - dy) * SIZE + x - dx];
      }
    }
  }
  return { images, labels };
}

/** Features and logits of many images, on the host. */
function forward(images) {
  const count = images.length / PIXELS;
  const features = new Float32Array(count * 64);
  const logits = new Float32Array(count * 10);
  for (let first = 0; first < count; first += 500) {
    const last = Math.min(first + 500, count);
    tf.tidy(() => {
      const x = tf.tensor4d(images.subarray(first * PIXELS, last * PIXELS), [last - first, SIZE, SIZE, 1]);
      const out = fashionNetwork(variables, x);
      features.set(out.features.dataSync(), first * 64);
      logits.set(out.logits.dataSync(), first * 10);
    });
  }
  return { features, logits };
}

function accuracy(images, labels) {
  const { logits } = forward(images);
  let right = 0;
  labels.forEach((label, row) => {
    const of = logits.subarray(row * 10, row * 10 + 10);
    if (of.indexOf(Math.max(...of)) === label) right++;
  });
  return right / labels.length;
}

const stepsPerEpoch = Math.floor(train.count / batchSize);
const steps = epochs * stepsPerEpoch;
const optimizer = tf.train.adam(peakRate);
let average = 0;
const started = performance.now();
for (let epoch = 0; epoch < epochs; epoch++) {
  const order = rng.split('order').split(epoch).permutation(train.count);
  for (let inEpoch = 0; inEpoch < stepsPerEpoch; inEpoch++) {
    const step = epoch * stepsPerEpoch + inEpoch;
    const rate = peakRate * Math.min(1, (step + 1) / 200) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    const batch = augmented(order.subarray(inEpoch * batchSize, (inEpoch + 1) * batchSize), step);
    const loss = tf.tidy(() => {
      const x = tf.tensor4d(batch.images, [batchSize, SIZE, SIZE, 1]);
      const labels = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), 10);
      const list = Object.values(variables);
      const { value, grads } = tf.variableGrads(() => {
        const { logits } = fashionNetwork(variables, x);
        return tf.neg(tf.mean(tf.sum(tf.mul(tf.cast(labels, 'float32'), tf.logSoftmax(logits)), 1)));
      }, list);
      optimizer.learningRate = rate;
      optimizer.applyGradients(grads);
      for (const variable of list) {
        if (variable.rank > 1) variable.assign(tf.mul(variable, 1 - rate * weightDecay));
      }
      return value.dataSync()[0];
    });
    average = step === 0 ? loss : 0.99 * average + 0.01 * loss;
    if (step % 100 === 0) {
      const seconds = (performance.now() - started) / 1000;
      console.log(`step ${step}/${steps} loss ${average.toFixed(4)} ${seconds.toFixed(0)} s`);
    }
  }
  console.log(`epoch ${epoch + 1}/${epochs} test accuracy ${accuracy(test.images, test.labels)}`);
}

// The unit of the distance: features are moved and scaled so that over the training images their mean is 0 and their
// total variance 100. The logits undo it, so the classifier stays the same.
const { features } = forward(train.images);
const mean = new Float64Array(64);
features.forEach((value, i) => (mean[i % 64] += value / train.count));
let total = 0;
features.forEach((value, i) => (total += (value - mean[i % 64]) ** 2 / (train.count - 1)));
const scale = Math.sqrt(100 / total);
const host = Object.fromEntries(
  Object.entries(variables).map(([name, variable]) => [name, Float32Array.from(variable.dataSync())]),
);
for (let j = 0; j < 10; j++) {
  let moved = host['logits.bias'][j];
  for (let i = 0; i < 64; i++) {
    moved += mean[i] * host['logits.weight'][i * 10 + j];
    host['logits.weight'][i * 10 + j] /= scale;
  }
  host['logits.bias'][j] = moved;
}
for (let i = 0; i < 64; i++) host['features.bias'][i] = (host['features.bias'][i] - mean[i]) * scale;
for (let i = 0; i < host['features.weight'].length; i++) host['features.weight'][i] *= scale;
for (const [name, values] of Object.entries(host))
  variables[name].assign(tf.tensor(values, FASHION_SHAPES[name]));

const testAccuracy = accuracy(test.images, test.labels);
const coarseTestAccuracy = accuracy(coarse(test.images), test.labels);
const bytes = encodeSafetensors(
  Object.fromEntries(
    Object.entries(FASHION_SHAPES).map(([name, shape]) => [name, { dtype: 'F32', shape, data: host[name] }]),
  ),
  {
    script: 'packages/metrics-fid/scripts/train-fashion-classifier.mjs',
    seed: String(seed),
    epochs: String(epochs),
    engine: options.backend,
    data: 'Fashion-MNIST, 60,000 training images',
    dataSha256,
    input: '[N,28,28,1] in [-1,1]; smaller images enlarged bilinearly, half-pixel centers',
    testAccuracy: testAccuracy.toFixed(4),
    coarseTestAccuracy: coarseTestAccuracy.toFixed(4),
  },
);
writeFileSync(options.out, bytes);
console.log(`test accuracy ${testAccuracy}, as 14×14 ${coarseTestAccuracy}`);
console.log(
  `${options.out}: ${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`,
);
