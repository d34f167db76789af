// Files that the shown commands name, small and made here, in the folder where they run.
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

const load = (...path) => import(pathToFileURL(join(root, ...path)).href);

/** A network and an evaluation of seconds, in place of a config's own. */
const SMALL = {
  dataset: { kind: 'fashion-mnist-10k', resolution: 4 },
  model: {
    kind: 'unet',
    preset: null,
    imageChannels: 1,
    channels: 8,
    channelMultipliers: [1],
    attentionLevels: null,
    blocksPerLevel: 1,
    middleAttention: false,
    groups: 4,
    stem: { spaceToDepth: 2 },
  },
  steps: 2,
  evaluation: {
    every: 2,
    samples: 16,
    samplingSteps: [2, 3],
    batchSize: 16,
    extractor: 'values',
    referenceImages: 32,
  },
  grid: { count: 4 },
  checkpoint: { every: 2 },
};

const CONFIGS = [
  'fashion-ddim',
  'fashion-flow',
  'fashion-edm',
  'fashion-consistency',
  'fashion-consistency-distillation',
  'fashion-consistency-easy',
  'fashion-consistency-few',
  'fashion-consistency-original',
  'fashion-ddim-couplings',
  'fashion-ddim-epsilon-couplings',
  'fashion-flow-couplings',
];

/** The mean of a picture: the module that the README of metrics-fid takes for an example. */
const LUMINANCE = `import ndarray from 'ndarray';

export default {
  id: 'luminance@1',
  dimensions: 1,
  async extract({ data, shape: [count] }) {
    const size = data.length / count;
    const mean = (i) => data.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0) / size;
    return ndarray(Float32Array.from({ length: count }, (_, i) => mean(i)), [count, 1]);
  },
};
`;

/**
 * @param folder - where the commands run
 * @param mine - the config that the README of cli shows
 */
export async function makeInputs(folder, mine) {
  const { fashionMnist10k } = await load('packages', 'datasets', 'dist', 'index.js');
  const { encodeNpz } = await load('packages', 'formats', 'dist', 'index.js');
  const { default: ndarray } = await load('node_modules', 'ndarray', 'ndarray.js');
  const { encode } = await load('node_modules', 'fast-png', 'lib', 'index.js');
  const write = (name, content) => writeFileSync(join(folder, name), content);

  const { images } = await fashionMnist10k();
  const pixels = (i, count = 1) => images.data.subarray(i * 784, (i + count) * 784);
  for (const [name, start, count] of [
    ['train', 0, 1000],
    ['samples', 1000, 800],
  ]) {
    mkdirSync(join(folder, name));
    for (let i = start; i < start + count; i++) {
      const file = join(name, `${String(i).padStart(5, '0')}.png`);
      write(file, encode({ width: 28, height: 28, data: pixels(i), channels: 1, depth: 8 }));
    }
  }
  symlinkSync('samples', join(folder, 'pictures'));
  const npz = (start, count) => encodeNpz({ arr_0: ndarray(pixels(start, count), [count, 28, 28, 1]) }, {});
  write('reference.npz', await npz(0, 200));
  write('samples.npz', await npz(200, 100));
  write('VIRTUAL_imagenet64_labeled.npz', await npz(300, 100));
  write('luminance.mjs', LUMINANCE);

  mkdirSync(join(folder, 'pets'));
  for (const [name, width, height] of [
    ['cat', 40, 48],
    ['dog', 48, 40],
  ]) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256);
    write(join('pets', `${name}.png`), encode({ width, height, data, channels: 3, depth: 8 }));
  }
  const fixtures = join(root, 'packages', 'datasets', 'test', 'fixtures');
  for (const file of ['edm.zip', 'hf.parquet', 'pictures.tar.gz']) {
    copyFileSync(join(fixtures, file), join(folder, file));
  }

  mkdirSync(join(folder, 'small'));
  const { dataset, ...rest } = SMALL;
  for (const name of CONFIGS) {
    write(join('small', `${name}.json`), JSON.stringify({ extends: name, dataset, ...rest }));
  }
  write('mine.json', JSON.stringify({ ...rest, ...mine, steps: rest.steps }));
}

/** The first config that a README shows as JSON. */
export const configOf = (readme) =>
  JSON.parse(/^```json\n(\{[^]*?"extends"[^]*?)^```$/m.exec(readFileSync(readme, 'utf8'))[1]);
