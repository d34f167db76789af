import { existsSync, readdirSync } from 'node:fs';
import type { ExperimentConfig } from '../config/experiment.js';
import type { GridFile } from '../report/summary.js';
import type { RunFolder } from './folder.js';

const PICTURE = /^step-(\d{6,15})\.png$/;

/** Where a twin's samples after a step are, in the run's folder. */
export function gridFile(twin: string, samplingSteps: number, step: number): string {
  return `samples/${twin}/${samplingSteps}-steps/step-${String(step).padStart(6, '0')}.png`;
}

/** The pictures of samples that a run's folder has, by twin: what is there under the names that they get, whatever else says so. */
export function savedGrids(
  folder: RunFolder,
  { twins, evaluation }: Pick<ExperimentConfig, 'twins' | 'evaluation'>,
): Map<string, GridFile[]> {
  const of = (twin: string): GridFile[] =>
    evaluation.samplingSteps
      .flatMap((samplingSteps) => {
        const directory = folder.file('samples', twin, `${samplingSteps}-steps`);
        const names = existsSync(directory) ? readdirSync(directory) : [];
        return names
          .map((name) => Number(PICTURE.exec(name)?.[1]))
          .filter((step) => Number.isSafeInteger(step))
          .map((step) => ({ samplingSteps, step, file: gridFile(twin, samplingSteps, step) }))
          .filter(({ file }) => existsSync(folder.file(file)));
      })
      .sort((a, b) => a.step - b.step);
  return new Map(twins.map(({ name }) => [name, of(name)]));
}
