import ndarray from 'ndarray';
import { createRng } from '@immiscible/core';
import { compareCurves } from '../src/report/compare-curves.js';
import { REAL_IMAGES } from '../src/report/page.js';
import { pngGrid } from '../src/report/png-grid.js';
import type { Summary, TwinSummary } from '../src/report/summary.js';
import { loadConfig } from '../src/config/load.js';

const steps = [300, 600, 900, 1200, 1500];
// The curves of a pilot experiment with 14×14 images, at 2, 4 and 10 sampling steps.
const curves = {
  independent: { 2: [268, 229, 215, 210, 213], 4: [146, 105, 94, 88, 81], 10: [98, 60, 48, 41, 35] },
  immiscible: { 2: [100, 69, 55, 44, 39], 4: [80, 51, 38, 31, 27], 10: [71, 41, 30, 24, 20] },
};

function twin(name: keyof typeof curves, drop: number, share: number): TwinSummary {
  const secondsPerStep = 0.12 / (1 - share);
  return {
    name,
    coupling: name === 'independent' ? { kind: 'independent' } : { kind: 'linearAssignment', pool: 2048 },
    steps: 1500,
    seconds: 1500 * secondsPerStep,
    curve: ([2, 4, 10] as const).flatMap((samplingSteps) =>
      steps.map((step, i) => ({
        step,
        seconds: step * secondsPerStep,
        metric: 'FD-fashion',
        value: curves[name][samplingSteps][i] as number,
        n: 2000,
        samplingSteps,
        sampler: 'DDIM, spacing trailing',
        extractor: 'fashion-0123abcd',
      })),
    ),
    loss: Array.from({ length: 150 }, (_, i) => ({
      step: 10 * (i + 1),
      value: 0.1 + (name === 'independent' ? 0.7 : 0.6) * Math.exp(-i / 20) + 0.01 * Math.sin(i * 7),
    })),
    couplingShare: share,
    couplingAhead: 0,
    distanceDrop: drop,
    distance: { before: 17.4, after: 17.4 * (1 - drop) },
    grids: [2, 4, 10].map((samplingSteps) => ({
      samplingSteps,
      step: 1500,
      file: `samples/${name}-${samplingSteps}.png`,
    })),
    checkpoint: `checkpoints/${name}/step-001500.safetensors`,
  };
}

/** A finished run, as the report gets it. */
export function exampleSummary(): Summary {
  const twins = [twin('independent', 0, 0.0002), twin('immiscible', 0.081, 0.031)];
  return {
    format: 1,
    status: 'finished',
    engine: { name: 'native', version: '2.21.0', reason: 'fastest here: libtensorflow 2.21.0 for CPU' },
    config: { ...loadConfig('fashion-ddim'), steps: 1500 },
    seed: 0,
    command: 'npm start -- --config fashion-ddim --seed 0 --steps 1500',
    git: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    machine: { cpu: 'Example CPU', cores: 2, node: '20.20.2' },
    startedAt: '2026-11-22T12:34:56.000Z',
    wallSeconds: 431,
    parameters: 1_234_567,
    evaluation: {
      metric: 'FD-fashion',
      extractor: 'fashion-0123abcd',
      n: 2000,
      samplingSteps: [2, 4, 10],
      referenceImages: 8000,
      floor: 1.9,
    },
    twins,
    comparisons: [2, 4, 10].flatMap((samplingSteps) => {
      const [a, b] = twins as [TwinSummary, TwinSummary];
      return compareCurves(a, b, samplingSteps, 0.02) ?? [];
    }),
  };
}

/** Grids of smooth noise, one for each picture that the example names. */
export function examplePictures(): Map<string, Uint8Array> {
  const names = exampleSummary().twins.flatMap(({ grids }) => grids.map(({ file }) => file));
  const rng = createRng(0);
  return new Map(
    [...names, REAL_IMAGES].map((file) => {
      const data = rng.split(file).fillNormal(new Float32Array(36 * 14 * 14));
      return [file, pngGrid(ndarray(data, [36, 14, 14, 1]))];
    }),
  );
}
