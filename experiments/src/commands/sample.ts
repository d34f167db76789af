import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '@immiscible/core';
import { pngGrid } from '../report/png-grid.js';
import { UsageError } from '../usage-error.js';
import { type Command, integer, text } from './command.js';
import { openSavedRun, savedRunFlags, savedWeights, twinNamed } from './saved-run.js';

export const sample: Command = {
  name: 'sample',
  description: "Draw samples from a run's last checkpoint into a PNG file",
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
    out: { type: 'string', valueHint: 'FILE.png', description: 'Where to (samples.png)' },
  },
  async run(given) {
    const count = integer(given, 'count', 1) ?? 64;
    const seed = integer(given, 'seed', 0);
    const askedSteps = integer(given, 'sampling-steps', 1);
    const out = text(given, 'out') ?? 'samples.png';
    const { folder, config, engine, parts } = await openSavedRun(given);
    const twin = twinNamed(config, text(given, 'twin') ?? config.twins.at(-1)?.name ?? '');
    const { weights, step } = await savedWeights(folder, twin);
    const steps = askedSteps ?? Math.max(...config.evaluation.samplingSteps);
    const { batches, method, sampled: model, sampleRng } = parts;
    try {
      const images = await method.sample(model, weights, {
        steps,
        count,
        imageShape: batches.imageShape,
        rng: (seed === undefined ? sampleRng : createRng(seed)).split('samples'),
        batchSize: config.evaluation.batchSize,
        ...(model.classes > 0 && { labels: Int32Array.from({ length: count }, (_, i) => i % model.classes) }),
      });
      writePng(out, pngGrid(images));
    } finally {
      tf.dispose(weights);
    }
    console.log(
      `${out}: ${count} samples of ${twin.name} after ${step} training steps, ${steps} steps of ${method.sampler}, ` +
        `${engine.name} ${engine.version}`,
    );
    return 0;
  },
};

function writePng(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (cause) {
    throw new UsageError(
      `--out must be a file that can be written, got ${path}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
