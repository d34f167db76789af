import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { decodeSafetensors, encodeSafetensors } from '@immiscible/formats';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { configs } from '../src/configs/index.js';
import type { ExperimentConfig } from '../src/config/experiment.js';
import { cli, summaryOf, temporaryFolder } from './cli.js';

test(
  'latents: trained on, judged by their values, and samples come back in the units of the file',
  { timeout: 300_000 },
  async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'latents.safetensors');
    const [count, size] = [200, 4 * 4 * 4];
    const data = createRng(3)
      .fillNormal(new Float32Array(count * size))
      .map((value) => 5 * value);
    writeFileSync(path, encodeSafetensors({ latents: { dtype: 'F32', shape: [count, 4, 4, 4], data } }));
    const smoke = configs['smoke'] as ExperimentConfig;
    const config: ExperimentConfig = {
      ...smoke,
      dataset: { kind: 'latents', path, scale: 0.2 },
      model: { ...smoke.model, imageChannels: 4 },
      method: {
        kind: 'ddim',
        schedule: { kind: 'scaledLinear' },
        prediction: 'epsilon',
        sampler: { kind: 'ddim', spacing: 'leading' },
      },
      steps: 2,
      evaluation: { ...smoke.evaluation, samplingSteps: [2], extractor: 'values' },
    };
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify(config));
    const run = join(folder, 'run');
    const ended = await cli(['compare', `--config=${file}`, '--backend=wasm', `--out=${run}`]);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('200 images of latents.safetensors, 4×4');
    const { twins, evaluation } = summaryOf(run);
    expect(twins.map(({ curve }) => curve.at(-1)?.metric)).toEqual(['FD-values', 'FD-values']);
    expect(evaluation.extractor).toBe('values@4x4');

    const sample = async (out: string) =>
      cli(['sample', `--run=${run}`, '--backend=wasm', '--count=9', `--out=${join(folder, out)}`]);
    expect((await sample('samples.safetensors')).code).toBe(0);
    const { samples } = decodeSafetensors(readFileSync(join(folder, 'samples.safetensors'))).tensors;
    expect(samples).toMatchObject({ dtype: 'F32', shape: [9, 4, 4, 4] });
    // An untrained ε-prediction of nothing leaves noise over √ᾱ, far beyond the 1 that pictures would be clipped to.
    const most = Math.max(...(samples?.data as Float32Array).map(Math.abs));
    expect(most).toBeGreaterThan(5);
    // From the noise of the run's own samples: the run's own picture, which shows −3 to 3 of what the network has learned.
    expect((await sample('samples.png')).code).toBe(0);
    const picture = decode(readFileSync(join(folder, 'samples.png')));
    const own = readFileSync(join(run, twins.at(-1)?.grids.at(-1)?.file ?? ''));
    expect(picture.data).toEqual(decode(own).data);
    const [pixel, gap] = [3, 3];
    for (let n = 0; n < 9; n++) {
      const left = (n % 3) * (4 * pixel + gap);
      const top = Math.floor(n / 3) * (4 * pixel + gap);
      for (let c = 0; c < 3; c++) {
        const value = 0.2 * (samples?.data[n * size + c * 16] as number);
        const shown = Math.min(255, Math.max(0, Math.round((value / 3 + 1) * 127.5)));
        expect(picture.data[4 * (top * picture.width + left) + c]).toBeCloseTo(shown, -0.5);
      }
    }
  },
);
