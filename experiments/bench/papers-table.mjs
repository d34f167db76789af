// The papers' table of distance drops beside ours on CIFAR-10: node experiments/bench/papers-table.mjs ARCHIVE.tar.gz [--seeds 5] [--json]
// ARCHIVE holds train/CLASS/*.jpg or .png; images of the training part, at two normalizations.
import { createRng } from '@immiscible/core';
import { distanceDrop, linearAssignment } from '@immiscible/coupling';
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
  for (const [batch, paper] of Object.entries(published)) {
    const drops = [];
    for (let seed = 0; seed < seeds; seed++) {
      const rng = createRng(seed);
      const order = rng.split('images').permutation(total).slice(0, Number(batch));
      const x0 = new Float32Array(batch * size);
      order.forEach((from, i) => {
        for (let d = 0; d < size; d++) x0[i * size + d] = normalize(images.data[from * size + d]);
      });
      const drawn = {
        x0: ndarray(x0, [order.length, ...shape]),
        noise: ndarray(rng.split('noise').fillNormal(new Float32Array(x0.length)), [order.length, ...shape]),
      };
      drops.push(100 * distanceDrop(drawn, await linearAssignment()(drawn, rng)));
    }
    const average = drops.reduce((sum, drop) => sum + drop, 0) / seeds;
    const spread = Math.sqrt(drops.reduce((sum, drop) => sum + (drop - average) ** 2, 0) / (seeds - 1));
    results.push({
      normalization,
      batch: Number(batch),
      paper,
      drop: average,
      standardError: spread / Math.sqrt(seeds),
    });
  }
}
if (values.json) console.log(JSON.stringify({ images: total, mean, deviation, seeds, results }));
else {
  console.log(
    `${total} images; of [-1, 1] the mean is ${mean.toFixed(4)}, the deviation ${deviation.toFixed(4)}\n`,
  );
  console.log(
    '| batch | papers | ours, pixels in [-1, 1] | ours, mean 0 and deviation 1 |\n| --- | --- | --- | --- |',
  );
  for (const batch of Object.keys(published)) {
    const own = results.filter((one) => one.batch === Number(batch));
    const cells = own.map(({ drop, standardError }) => `${drop.toFixed(2)} ± ${standardError.toFixed(2)} %`);
    console.log(`| ${batch} | ${published[batch]} % | ${cells.join(' | ')} |`);
  }
}
