// A run of 8 steps as it stands after some of them, killed or over, with all that it has written.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { fileStore } from '@immiscible/trainer/node';
import { tinyConfig } from './cli.js';
import { exampleSummary } from './summary-example.js';
import type { TwinConfig } from '../src/config/experiment.js';
import type { Summary } from '../src/report/summary.js';
import { checkpointMetadata } from '../src/run/checkpoint-owner.js';
import { configHash } from '../src/run/config-hash.js';
import { type RunFolder, runFolder } from '../src/run/folder.js';
import { gridFile } from '../src/run/grids.js';
import { appendStat, type Stat } from '../src/run/stats.js';

// 8 steps, a checkpoint and an evaluation after each second one.
export const config = tinyConfig({ steps: 8 });
export const [a, b] = config.twins as [TwinConfig, TwinConfig];

export const evaluation = (twin: string, step: number): Stat => ({
  kind: 'evaluation',
  twin,
  step,
  seconds: step,
  metric: 'FD-values',
  value: 10 / step,
  n: 8,
  samplingSteps: 1,
  sampler: 'Euler',
  extractor: 'values@4x4',
});

const trained = (twin: string, step: number): Stat => ({
  kind: 'step',
  twin,
  step,
  loss: 1,
  gradientNorm: 1,
  distance: { before: 1, after: 1 },
  seconds: step,
  couplingSeconds: 0,
  couplingAheadSeconds: 0,
});

export function summaryAt(step: number, status: Summary['status']): Summary {
  const example = exampleSummary();
  const steps = [2, 4, 6, 8].filter((one) => one <= step);
  return {
    ...example,
    status,
    config,
    twins: example.twins.map((twin) => ({
      ...twin,
      steps: step,
      curve: steps.map((at) => {
        const {
          kind: _kind,
          twin: _twin,
          ...point
        } = evaluation(twin.name, at) as Extract<Stat, { kind: 'evaluation' }>;
        return point;
      }),
    })),
    comparisons: [],
  };
}

/** A run that has come to a step, with all that it has written. */
export async function runAt(step: number, status: Summary['status'] = 'running'): Promise<RunFolder> {
  const folder = runFolder(mkdtempSync(join(tmpdir(), 'recover-')));
  for (let at = 1; at <= step; at++) {
    for (const twin of [a, b]) appendStat(folder, trained(twin.name, at));
    if (at % 2 === 1) continue;
    for (const twin of [a, b]) {
      appendStat(folder, evaluation(twin.name, at));
      folder.write(gridFile(twin.name, 1, at), 'png');
      await save(folder, twin, at);
    }
  }
  if (step >= 2) folder.write('summary.json', JSON.stringify(summaryAt(step, status)));
  folder.write('report.html', 'report');
  return folder;
}

export async function save(
  folder: RunFolder,
  twin: TwinConfig,
  step: number,
  of = twin,
  hash = configHash(config, of),
) {
  await fileStore(folder.file('checkpoints', twin.name)).save({
    step,
    rng: createRng(0).state(),
    seconds: step,
    config: hash,
    metadata: checkpointMetadata(of),
    arrays: { 'ema/w': { dtype: 'F32', shape: [1], data: Float32Array.of(step) } },
  });
}

export const checkpoints = (folder: RunFolder, twin: TwinConfig, end: string) =>
  readdirSync(folder.file('checkpoints', twin.name))
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => folder.file('checkpoints', twin.name, name));
