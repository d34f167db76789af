// `npm run bench -- datasets [--jpegs PATH] [--seconds S] [--json]`: batches of CIFAR's size assembled in memory; the first
// batch of a packed set, in a new process; and, with a folder (or archive) of JPEGs, decoding by one and by two workers.
// PATH may also be in IMMISCIBLE_JPEGS.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { batches, createDataset } from '@immiscible/datasets';
import { loadImages, openImages, packImages } from '@immiscible/datasets/node';
import ndarray from 'ndarray';

export const name = 'datasets';

/** CIFAR-10's shape: 50,000 random images. */
function cifarSized() {
  const rng = createRng(0);
  const data = new Uint8Array(50_000 * 3072);
  const words = new Uint32Array(data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = rng.uint32();
  const labels = Int32Array.from({ length: 50_000 }, (_, i) => i % 10);
  return createDataset({
    name: 'random',
    images: ndarray(data, [50_000, 32, 32, 3]),
    labels,
    allowsFlip: true,
  });
}

/** Images a second of whole epochs of batches of 512, order and flips included; the median over half-second windows. */
function assemble(dataset, seconds, reuse) {
  const source = batches(dataset, { batchSize: 512, rng: createRng(1), flip: true, reuse });
  const rates = [];
  let step = 0;
  while (step < 200) source.at(step++);
  while (rates.length < 2 * seconds) {
    const start = performance.now();
    let images = 0;
    while (performance.now() - start < 500) images += source.at(step++).x0.shape[0];
    rates.push((1000 * images) / (performance.now() - start));
  }
  return rates.sort((a, b) => a - b)[rates.length >> 1];
}

const first = `
const start = performance.now();
const [{ createRng }, { batches }, { openPacked }] = await Promise.all(
  ['core', 'datasets', 'datasets/node'].map((name) => import('@immiscible/' + name)),
);
const loaded = performance.now();
const packed = await openPacked(process.argv[1]);
const { x0 } = await batches(packed, { batchSize: 512, rng: createRng(0), flip: true }).at(0);
const end = performance.now();
console.log(JSON.stringify({ ms: end - loaded, withImports: end - start, images: x0.shape[0] }));
`;

async function decode(path, workers) {
  const files = await openImages(path);
  try {
    const start = performance.now();
    const { images } = await loadImages(files, { workers });
    return { count: images.shape[0], rate: (1000 * images.shape[0]) / (performance.now() - start) };
  } finally {
    await files.close();
  }
}

export async function run({ args, json }) {
  const option = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const seconds = Number(option('--seconds') ?? 5);
  const jpegs = option('--jpegs') ?? process.env.IMMISCIBLE_JPEGS;
  const say = (line) => void (json || console.log(line));
  const rate = (value) => `${Math.round(value).toLocaleString('en')} images/s`;

  const dataset = cifarSized();
  const assembled = { fresh: assemble(dataset, seconds, 0), reused: assemble(dataset, seconds, 4) };
  say(
    `batches of 512, 32×32×3, flips, one thread: ${rate(assembled.fresh)}, ${rate(assembled.reused)} with reuse: 4`,
  );

  const folder = mkdtempSync(join(tmpdir(), 'datasets-bench-'));
  let packed;
  try {
    const path = join(folder, 'cifar.pack');
    await packImages(dataset, path);
    const runs = Array.from({ length: 5 }, () => {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', first, path],
        { cwd: import.meta.dirname, encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    }).sort((a, b) => a.ms - b.ms);
    packed = runs[2];
  } finally {
    rmSync(folder, { recursive: true });
  }
  say(
    `first batch of 512 of a packed set of 50,000: ${packed.ms.toFixed(0)} ms, ${packed.withImports.toFixed(0)} ms with imports`,
  );

  const decoded = [];
  if (jpegs === undefined) say('JPEG folder: not measured; --jpegs PATH');
  else {
    // In turns, so that what else the machine does meets both alike.
    const rates = { 1: [], 2: [] };
    let count = 0;
    for (let round = 0; round < 3; round++) {
      for (const workers of [1, 2]) {
        const found = await decode(jpegs, workers);
        ({ count } = found);
        rates[workers].push(found.rate);
      }
    }
    for (const workers of [1, 2]) {
      const median = rates[workers].sort((x, y) => x - y)[1];
      decoded.push({ workers, count, rate: median });
      say(`${count.toLocaleString('en')} JPEGs, ${workers} worker${workers > 1 ? 's' : ''}: ${rate(median)}`);
    }
  }
  return { assembled, packed, decoded };
}
