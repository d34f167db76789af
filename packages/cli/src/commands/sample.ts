import { extname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '@immiscible/core';
import { encodeSafetensors } from '@immiscible/formats';
import type { NdArray } from 'ndarray';
import type { ImageData } from '../registry/image-data.js';
import { drawSamples } from '../run/draw-samples.js';
import { sampleGrid } from '../run/sample-grid.js';
import { savedWeights } from '../run/saved-weights.js';
import { shortPath } from '../run/paths.js';
import { say } from '../terminal.js';
import { type Command, integer, text } from './command.js';
import { outputFile, replaceFlag, writeOutput } from './output.js';
import { openSavedRun, savedRunFlags, twinNamed } from './saved-run.js';

/** How a file of the samples' values ends. */
const VALUES = '.safetensors';

export const sample: Command = {
  name: 'sample',
  description:
    "Draw samples from a run's last checkpoint into a PNG file, or their values into a .safetensors file",
  flags: {
    ...savedRunFlags,
    twin: { type: 'string', valueHint: 'NAME', description: 'Which one (the last)' },
    count: { type: 'string', valueHint: 'N', description: 'How many images (64)' },
    'sampling-steps': {
      type: 'string',
      valueHint: 'N',
      description: "Steps of the sampler (the config's most)",
    },
    seed: {
      type: 'string',
      valueHint: 'N',
      description: "Of the noise (the noise of the run's own samples)",
    },
    out: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Where to, .png or .safetensors (samples.png)',
    },
    ...replaceFlag,
  },
  async run(given) {
    const count = integer(given, 'count', 1) ?? 64;
    const seed = integer(given, 'seed', 0);
    const askedSteps = integer(given, 'sampling-steps', 1);
    const out = outputFile(text(given, 'out') ?? 'samples.png', ['.png', VALUES], given);
    const { folder, config, engine, parts } = await openSavedRun(given);
    const twin = twinNamed(config, text(given, 'twin') ?? config.twins.at(-1)?.name ?? '');
    const { weights, step } = await savedWeights(folder, config, twin);
    const steps = askedSteps ?? Math.max(...config.evaluation.samplingSteps);
    const { dataset, method, sampleRng } = parts;
    try {
      const rng = (seed === undefined ? sampleRng : createRng(seed)).split('samples');
      const images = await drawSamples(parts, weights, { steps, count, rng });
      const values = extname(out).toLowerCase() === VALUES;
      writeOutput(out, values ? valuesFile(dataset, images) : sampleGrid(dataset, images));
    } finally {
      tf.dispose(weights);
    }
    say(
      `${out}: ${count} samples of ${twin.name} of ${shortPath(folder.path)} after ${step} training steps, ` +
        `${steps} steps of ${method.sampler}, ${engine.name} ${engine.version}`,
    );
    return 0;
  },
};

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
