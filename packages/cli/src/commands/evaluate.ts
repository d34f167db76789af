import { type Command, defineCommand, jsonFlag } from '@immiscible/command-line';
import * as tf from '@tensorflow/tfjs-core';
import type { TwinConfig } from '../config/experiment.js';
import { count, figure } from '../report/format.js';
import type { CurvePoint } from '../report/summary.js';
import { align } from '../report/table.js';
import { createEvaluator, type Evaluator, type Floor } from '../run/evaluation.js';
import { shortPath } from '../run/paths.js';
import { savedWeights } from '../run/saved-weights.js';
import { defaultSteps, openSavedRun, type SavedRun, savedRunFlags, twinNamed } from './saved-run.js';

/** One distance as `--json` prints it. */
type Result = { readonly twin: string } & Omit<CurvePoint, 'seconds'>;

export const evaluate: Command = defineCommand({
  name: 'evaluate',
  about: "Take the distance of a run's last checkpoints again, with other numbers of samples or steps",
  flags: {
    ...savedRunFlags,
    twin: { kind: 'text', hint: 'NAME', sets: [], about: 'which one; all, if not given' },
    samples: { kind: 'integer', least: 2, about: "generated images, if not the config's number" },
    'sampling-steps': {
      kind: 'integers',
      least: 1,
      sets: 'steps',
      about: "steps of the sampler, if not the config's",
    },
    json: jsonFlag,
  },
  run: async ({ flags }, terminal) => {
    const run = await openSavedRun(flags, terminal.error);
    const { config, parts } = run;
    const twins = flags.twin === undefined ? config.twins : [twinNamed(config, flags.twin)];
    const evaluator = await createEvaluator(parts, new AbortController().signal);
    const samples = flags.samples ?? config.evaluation.samples;
    const asked = { samples, samplingSteps: flags['sampling-steps'] ?? defaultSteps(run) };
    const results: Result[] = [];
    for (const twin of twins) results.push(...(await resultsOf(twin, run, evaluator, asked)));
    const floor = evaluator.floorOf(samples);
    if (flags.json) terminal.log(JSON.stringify(asJson(run, floor, results)));
    else for (const line of asText(run, evaluator, floor, results)) terminal.log(line);
  },
});

async function resultsOf(
  twin: TwinConfig,
  { folder, config, parts }: SavedRun,
  evaluator: Evaluator,
  asked: { readonly samples: number; readonly samplingSteps: readonly number[] },
): Promise<Result[]> {
  const { weights, step } = await savedWeights(folder, config, twin);
  try {
    const measured = await evaluator.evaluate(weights, asked);
    return measured.map(({ value, samples, samplingSteps }) => ({
      twin: twin.name,
      step,
      metric: evaluator.metric,
      value,
      n: samples.shape[0] as number,
      samplingSteps,
      sampler: parts.method.sampler,
      extractor: parts.extractor.id,
    }));
  } finally {
    tf.dispose(weights);
  }
}

function asJson({ folder, engine, config }: SavedRun, floor: Floor, results: readonly Result[]): object {
  const { name, version } = engine;
  return {
    run: folder.path,
    engine: { name, version },
    seed: config.seed,
    floor: floor.value,
    floorN: floor.n,
    results,
  };
}

function asText(
  { folder, parts }: SavedRun,
  { metric, reference }: Evaluator,
  floor: Floor,
  results: readonly Result[],
): string[] {
  const rows = results.map((one) => [
    one.twin,
    count(one.step),
    count(one.samplingSteps),
    count(one.n),
    figure(one.value),
  ]);
  return [
    ...align([['twin', 'trained', 'sampling steps', 'n', metric], ...rows]),
    '',
    `${shortPath(folder.path)}; ${parts.extractor.id}; ${parts.method.sampler}; ` +
      `${count(floor.n)} real images against ${count(reference.n - floor.n)} others: ${figure(floor.value)}`,
  ];
}
