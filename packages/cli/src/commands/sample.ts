import { extname } from 'node:path';
import { type Command, defineCommand } from '@immiscible/command-line';
import { createRng } from '@immiscible/core';
import { encodeSafetensors } from '@immiscible/formats';
import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import type { ImageData } from '../registry/image-data.js';
import { drawSamples } from '../run/draw-samples.js';
import { sampleGrid } from '../run/sample-grid.js';
import { savedWeights } from '../run/saved-weights.js';
import { shortPath } from '../run/paths.js';
import { outputFile, replaceFlag, writeOutput } from './output.js';
import { defaultSteps, openSavedRun, savedRunFlags, twinNamed } from './saved-run.js';

/** How a file of the samples' values ends. */
const VALUES = '.safetensors';

export const sample: Command = defineCommand({
  name: 'sample',
  about:
    "Draw samples from a run's last checkpoint into a PNG file, or their values into a .safetensors file",
  flags: {
    ...savedRunFlags,
    twin: { kind: 'text', hint: 'NAME', sets: [], about: 'which one; the last, if not given' },
    count: { kind: 'integer', least: 1, default: 64, about: 'how many images' },
    'sampling-steps': {
      kind: 'integer',
      least: 1,
      sets: 'steps',
      about: "steps of the sampler; the config's most, if not given",
    },
    seed: {
      kind: 'integer',
      least: 0,
      sets: [],
      about: "of the noise; the noise of the run's own samples, if not given",
    },
    out: { kind: 'text', hint: 'FILE', default: 'samples.png', about: 'where to, .png or .safetensors' },
    ...replaceFlag,
  },
  run: async ({ flags }, terminal) => {
    const { count, seed } = flags;
    const out = outputFile(flags.out, ['.png', VALUES], flags);
    const run = await openSavedRun(flags, terminal.error);
    const { folder, config, engine, parts } = run;
    const twin = twinNamed(config, flags.twin ?? config.twins.at(-1)?.name ?? '');
    const { weights, step } = await savedWeights(folder, config, twin);
    const steps = flags['sampling-steps'] ?? Math.max(...defaultSteps(run));
    const { dataset, method, sampleRng } = parts;
    try {
      const rng = (seed === undefined ? sampleRng : createRng(seed)).split('samples');
      const images = await drawSamples(parts, weights, { steps, count, rng });
      const values = extname(out).toLowerCase() === VALUES;
      writeOutput(out, values ? valuesFile(dataset, images) : sampleGrid(dataset, images));
    } finally {
      tf.dispose(weights);
    }
    terminal.log(
      `${out}: ${count} samples of ${twin.name} of ${shortPath(folder.path)} after ${step} training steps, ` +
        `${method.adaptive ? 'at most ' : ''}${steps} steps of ${method.sampler}, ${engine.name} ${engine.version}`,
    );
  },
});

/** Tensor `samples`, float32 `[N,C,H,W]`, in the units of the data set's file: what an autoencoder's decoder takes. */
function valuesFile({ scale }: ImageData, samples: NdArray<Float32Array>): Uint8Array {
  const [count = 0, height = 0, width = 0, channels = 0] = samples.shape;
  const data = new Float32Array(samples.size);
  let next = 0;
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) data[next++] = samples.get(n, y, x, c) / scale;
      }
    }
  }
  return encodeSafetensors({ samples: { dtype: 'F32', shape: [count, channels, height, width], data } });
}
