// The papers' tables of distance drops, by assignment and by nearest noise, beside ours on CIFAR-10: node experiments/bench/papers-table.mjs ARCHIVE.tar.gz [--seeds 5] [--json]
// ARCHIVE holds train/CLASS/*.jpg or .png; images of the training part, at two normalizations.
import { createRng } from '@immiscible/core';
import { distanceDrop, linearAssignment, nearestNoise } from '@immiscible/coupling';
import { imageTar, loadImages } from '@immiscible/datasets/node';
import ndarray from 'ndarray';
import { parseArgs } from 'node:util';

const {
  values,
  positionals: [archive],
} = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
if (!archive) throw new Error('papers-table: name the archive of CIFAR-10 images');
const seeds = Number(values.seeds);
const published = { 128: 1.93, 256: 2.16, 512: 2.32, 1024: 2.44 };
/** The follow-up's, by the number of candidates; each image by itself, so that the batch doesn't matter. */
const publishedNearest = { 4: 1.1, 8: 1.58 };
const NEAREST_BATCH = 2048;

const { images } = await loadImages(await imageTar(archive, { within: 'train/' }), { workers: 1 });
const [total, ...shape] = images.shape;
const size = shape.reduce((product, length) => product * length, 1);
const statistics = () => {
  let [sum, squares] = [0, 0];
  for (let k = 0; k < images.data.length; k++) {
    const value = images.data[k] / 127.5 - 1;
    sum += value;
    squares += value * value;
  }
  const mean = sum / images.data.length;
  return { mean, deviation: Math.sqrt(squares / images.data.length - mean * mean) };
};
const { mean, deviation } = statistics();
const normalizations = {
  'pixels in [-1, 1]': (value) => value / 127.5 - 1,
  'mean 0, deviation 1': (value) => (value / 127.5 - 1 - mean) / deviation,
};

const results = [];
for (const [normalization, normalize] of Object.entries(normalizations)) {
  const measure = async (count, transform) => {
    const drops = [];
    for (let seed = 0; seed < seeds; seed++) {
      const rng = createRng(seed);
      const order = rng.split('images').permutation(total).slice(0, count);
      const x0 = new Float32Array(count * size);
      order.forEach((from, i) => {
        for (let d = 0; d < size; d++) x0[i * size + d] = normalize(images.data[from * size + d]);
      });
      const drawn = {
        x0: ndarray(x0, [count, ...shape]),
        noise: ndarray(rng.split('noise').fillNormal(new Float32Array(x0.length)), [count, ...shape]),
      };
      drops.push(100 * distanceDrop(drawn, await transform(drawn, rng)));
    }
    const average = drops.reduce((sum, drop) => sum + drop, 0) / seeds;
    const spread = Math.sqrt(drops.reduce((sum, drop) => sum + (drop - average) ** 2, 0) / (seeds - 1));
    return { normalization, drop: average, standardError: spread / Math.sqrt(seeds) };
  };
  for (const [batch, paper] of Object.entries(published)) {
    results.push({ batch: Number(batch), paper, ...(await measure(Number(batch), linearAssignment())) });
  }
  for (const [candidates, paper] of Object.entries(publishedNearest)) {
    const transform = nearestNoise({ candidates: Number(candidates) });
    results.push({ candidates: Number(candidates), paper, ...(await measure(NEAREST_BATCH, transform)) });
  }
}
if (values.json) console.log(JSON.stringify({ images: total, mean, deviation, seeds, results }));
else {
  console.log(
    `${total} images; of [-1, 1] the mean is ${mean.toFixed(4)}, the deviation ${deviation.toFixed(4)}\n`,
  );
  console.log(
    '|  | papers | ours, pixels in [-1, 1] | ours, mean 0 and deviation 1 |\n| --- | --- | --- | --- |',
  );
  const row = (name, paper, own) => {
    const cells = own.map(({ drop, standardError }) => `${drop.toFixed(2)} ± ${standardError.toFixed(2)} %`);
    console.log(`| ${name} | ${paper} % | ${cells.join(' | ')} |`);
  };
  for (const [batch, paper] of Object.entries(published)) {
    row(
      `assignment, batch ${batch}`,
      paper,
      results.filter((one) => one.batch === Number(batch)),
    );
  }
  for (const [candidates, paper] of Object.entries(publishedNearest)) {
    row(
      `nearest of ${candidates}`,
      paper,
      results.filter((one) => one.candidates === Number(candidates)),
    );
  }
}
