// The follow-up paper's miscibility beside ours on CIFAR-10: node experiments/bench/miscibility.mjs ARCHIVE.tar.gz [--rounds 7259] [--batch 256]
// ARCHIVE holds train/CLASS/*.jpg or .png; one batch of images of the training part, mean 0 and deviation 1, seed 0.
import { createRng } from '@immiscible/core';
import { independent, linearAssignment, miscibility, nearestNoise } from '@immiscible/coupling';
import { imageTar, loadImages } from '@immiscible/datasets/node';
import ndarray from 'ndarray';
import { parseArgs } from 'node:util';

const {
  values,
  positionals: [archive],
} = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7259' },
    batch: { type: 'string', default: '256' },
  },
});
if (!archive) throw new Error('miscibility: name the archive of CIFAR-10 images');
const [rounds, batch] = [Number(values.rounds), Number(values.batch)];

const { images } = await loadImages(await imageTar(archive, { within: 'train/' }), { workers: 1 });
const [total, ...shape] = images.shape;
const size = shape.reduce((product, length) => product * length, 1);
let [sum, squares] = [0, 0];
for (let k = 0; k < images.data.length; k++) {
  sum += images.data[k];
  squares += images.data[k] ** 2;
}
const mean = sum / images.data.length;
const deviation = Math.sqrt(squares / images.data.length - mean * mean);
const rng = createRng(0);
const x0 = new Float32Array(batch * size);
rng
  .split('images')
  .permutation(total)
  .slice(0, batch)
  .forEach((from, i) => {
    for (let d = 0; d < size; d++) x0[i * size + d] = (images.data[from * size + d] - mean) / deviation;
  });

const couplings = {
  'independent()': [independent(), 0.92],
  'nearestNoise({ candidates: 8 })': [nearestNoise({ candidates: 8 }), 2.17],
  'linearAssignment()': [linearAssignment(), 4.11],
};
console.log(`| ${rounds} rounds of ${batch} images | paper | distance | by chance | separation |`);
console.log('| --- | --- | --- | --- | --- |');
for (const [name, [transform, paper]] of Object.entries(couplings)) {
  const found = await miscibility(transform, { x0: ndarray(x0, [batch, ...shape]) }, rng, { rounds });
  const cells = [found.distance, found.chance, found.separation].map((value) => value.toFixed(3));
  console.log(`| \`${name}\` | ${paper} | ${cells.join(' | ')} |`);
}
