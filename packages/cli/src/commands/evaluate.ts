import * as tf from '@tensorflow/tfjs-core';
import { count, figure } from '../report/format.js';
import type { CurvePoint } from '../report/summary.js';
import { align } from '../report/table.js';
import { createEvaluator } from '../run/evaluation.js';
import { shortPath } from '../run/paths.js';
import { savedWeights } from '../run/saved-weights.js';
import { say } from '../terminal.js';
import { type Command, integer, integers, text } from './command.js';
import { openSavedRun, savedRunFlags, twinNamed } from './saved-run.js';

/** One distance as `--json` prints it. */
type Result = { readonly twin: string } & Omit<CurvePoint, 'seconds'>;

export const evaluate: Command = {
  name: 'evaluate',
  description: "Take the distance of a run's last checkpoints again, with other numbers of samples or steps",
  flags: {
    ...savedRunFlags,
    twin: { type: 'string', valueHint: 'NAME', description: 'Which one (all)' },
    samples: { type: 'string', valueHint: 'N', description: "Generated images (the config's)" },
    'sampling-steps': {
      type: 'string',
      valueHint: 'N,N,…',
      description: "Steps of the sampler (the config's)",
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  async run(given) {
    const samples = integer(given, 'samples', 2);
    const samplingSteps = integers(given, 'sampling-steps', 1);
    const { folder, config, engine, parts } = await openSavedRun(given);
    const name = text(given, 'twin');
    const twins = name === undefined ? config.twins : [twinNamed(config, name)];
    const evaluator = await createEvaluator(parts, new AbortController().signal);
    const results: Result[] = [];
    for (const twin of twins) {
      const { weights, step } = await savedWeights(folder, config, twin);
      try {
        const measured = await evaluator.evaluate(weights, {
          ...(samples !== undefined && { samples }),
          ...(samplingSteps !== undefined && { samplingSteps }),
        });
        for (const one of measured) {
          results.push({
            twin: twin.name,
            step,
            metric: evaluator.metric,
            value: one.value,
            n: one.samples.shape[0] as number,
            samplingSteps: one.samplingSteps,
            sampler: parts.method.sampler,
            extractor: parts.extractor.id,
          });
        }
      } finally {
        tf.dispose(weights);
      }
    }
    const { metric } = evaluator;
    const floor = evaluator.floorOf(samples ?? config.evaluation.samples);
    if (given.flags['json'] === true) {
      const { name: engineName, version } = engine;
      say(
        JSON.stringify({
          run: folder.path,
          engine: { name: engineName, version },
          seed: config.seed,
          floor: floor.value,
          floorN: floor.n,
          results,
        }),
      );
      return 0;
    }
    const rows = results.map((one) => [
      one.twin,
      count(one.step),
      count(one.samplingSteps),
      count(one.n),
      figure(one.value),
    ]);
    say(align([['twin', 'trained', 'sampling steps', 'n', metric], ...rows]).join('\n'));
    say(
      `\n${shortPath(folder.path)}; ${parts.extractor.id}; ${parts.method.sampler}; ` +
        `${count(floor.n)} real images against ${count(evaluator.reference.n - floor.n)} others: ${figure(floor.value)}`,
    );
    return 0;
  },
};
