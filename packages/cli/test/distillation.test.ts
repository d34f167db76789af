import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors } from '@immiscible/formats';
import { expect, test } from 'vitest';
import { configs } from '../src/configs/index.js';
import type { ExperimentConfig } from '../src/config/experiment.js';
import { cli, summaryOf, temporaryFolder } from './cli.js';

const smoke = configs['smoke'] as ExperimentConfig;
const [independent] = smoke.twins;

/** Runs a change of `smoke` in a folder. */
async function trained(folder: string, name: string, change: Partial<ExperimentConfig>) {
  const [path, out] = [join(folder, `${name}.json`), join(folder, name)];
  writeFileSync(path, JSON.stringify({ ...smoke, twins: [independent], steps: 2, ...change }));
  return { out, ...(await cli(['compare', `--config=${path}`, '--backend=wasm', `--out=${out}`])) };
}

function arrays(run: string, step: number): Record<string, Float32Array> {
  const folder = join(run, 'checkpoints', 'independent');
  const { file } = JSON.parse(
    readFileSync(join(folder, `checkpoint-${String(step).padStart(8, '0')}.json`), 'utf8'),
  ) as { file: string };
  const { tensors } = decodeSafetensors(readFileSync(join(folder, file)));
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));
}

const distillation = (teacher: string, twin?: string): ExperimentConfig['method'] => ({
  kind: 'consistency',
  training: { kind: 'distillation', teacher, levels: 4, ...(twin !== undefined && { twin }) },
});

test(
  'a consistency model is distilled from a run, beginning with its weights; what can’t be a teacher is refused',
  { timeout: 300_000 },
  async () => {
    const folder = temporaryFolder();
    const teacher = await trained(folder, 'edm', {
      method: { kind: 'edm', timeScale: 250, sampler: { kind: 'heun' } },
      evaluation: { ...smoke.evaluation, samplingSteps: [2] },
    });
    expect(teacher.code).toBe(0);

    // Steps of no length to speak of: what is saved is what was begun with.
    const optimizer = { kind: 'adam', learningRate: 1e-20 } as const;
    const student = await trained(folder, 'cd', { method: distillation(teacher.out), optimizer, steps: 1 });
    expect(student.stderr).toBe('');
    expect(student.code).toBe(0);
    const [taught, begun] = [arrays(teacher.out, 2), arrays(student.out, 1)];
    const names = Object.keys(taught).filter((name) => name.startsWith('ema/'));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      for (const part of ['params/', 'teacher/']) {
        const weights = begun[name.replace('ema/', part)];
        taught[name]?.forEach((value, i) => expect(weights?.[i]).toBeCloseTo(value, 12));
      }
    }
    expect(summaryOf(student.out).twins[0]?.curve.every(({ value }) => Number.isFinite(value))).toBe(true);

    // Easy consistency tuning begins with the same weights, and has no teacher.
    const easy = await trained(folder, 'easy', {
      method: { kind: 'consistency', training: { kind: 'easy' } },
      from: { run: teacher.out, twin: 'independent' },
      ...{ optimizer, steps: 1 },
    });
    expect(easy.code).toBe(0);
    const tuned = arrays(easy.out, 1);
    for (const name of names) {
      const weights = tuned[name.replace('ema/', 'params/')];
      taught[name]?.forEach((value, i) => expect(weights?.[i]).toBeCloseTo(value, 12));
    }
    expect(Object.keys(tuned).some((name) => name.startsWith('teacher/'))).toBe(false);

    const refused = async (
      name: string,
      method: ExperimentConfig['method'],
      message: string,
      change: Partial<ExperimentConfig> = {},
    ) => {
      const { code, stderr } = await trained(folder, name, { method, ...change });
      expect(code).toBe(2);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('    at ');
    };
    await refused(
      'none',
      distillation('no/where'),
      'method.training.teacher must be the folder of a run, got no/where',
    );
    await refused(
      'twin',
      distillation(teacher.out, 'immiscible'),
      'method.training.twin must be one of independent, got immiscible',
    );
    await refused('file', distillation(join(folder, 'edm.json')), 'edm.json, which is a file');
    const flow = await trained(folder, 'flow', {});
    const from = { run: teacher.out };
    const model = { ...smoke.model, channels: 12 };
    const edm = (timeScale: number) =>
      ({ kind: 'edm', timeScale, sampler: { kind: 'heun' } }) as ExperimentConfig['method'];
    const evaluation = { ...smoke.evaluation, samplingSteps: [2] };
    await refused('other', edm(250), 'from.run must be a run of the same network, got', {
      from,
      model,
      evaluation,
    });
    await refused(
      'times',
      edm(100),
      'from.run must be a run whose network sees noise levels as here (edm: times are 100·ln σ, sigmaData 0.5), got',
      { from, evaluation },
    );
    await refused(
      'larger',
      distillation(teacher.out),
      'method.training.teacher must be a run on images of 3×3×1',
      {
        dataset: { kind: 'fashion-mnist-10k', resolution: 3 },
        model: { ...smoke.model, stem: { spaceToDepth: 1 } },
      },
    );
    await refused('from', smoke.method, 'from.run must be the folder of a run, got no/where', {
      from: { run: 'no/where' },
    });
    await refused('of-flow', distillation(flow.out), 'must be a run of a diffusion model (ddim or edm)');
    const checkpoints = join(teacher.out, 'checkpoints', 'independent');
    for (const name of readdirSync(checkpoints).filter((one) => one.endsWith('.safetensors'))) {
      truncateSync(join(checkpoints, name), 300);
    }
    await refused(
      'damaged',
      distillation(teacher.out),
      'the last checkpoint of independent must be whole, got',
    );
  },
);
