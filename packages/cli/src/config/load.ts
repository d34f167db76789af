import { didYouMean, UsageError } from '@immiscible/command-line';
import { configs } from '../configs/index.js';
import { type ExperimentConfig, experimentSchema } from './experiment.js';
import { readConfigFile } from './extend.js';
import { explain } from './explain.js';

/**
 * The config of that name, or of that JSON file, which may extend another.
 *
 * @param nameOrPath - a name of `configs/`, or a path that ends in `.json`
 * @throws UsageError naming what is wrong, with the nearest known name or key
 */
export function loadConfig(nameOrPath: string): ExperimentConfig {
  if (Object.hasOwn(configs, nameOrPath)) {
    return parseConfig(configs[nameOrPath as keyof typeof configs], nameOrPath);
  }
  if (!nameOrPath.endsWith('.json')) {
    const known = Object.keys(configs);
    throw new UsageError(
      `--config must be one of ${known.join(', ')} or a path ending in .json, got ${nameOrPath}` +
        didYouMean(nameOrPath, known),
    );
  }
  return parseConfig(readConfigFile(nameOrPath), nameOrPath);
}

/** @throws UsageError unless `value` is a config */
export function parseConfig(value: unknown, source: string): ExperimentConfig {
  const result = experimentSchema.safeParse(value);
  if (result.success) return result.data;
  const found = explain(result.error, experimentSchema, value);
  throw new UsageError(`config ${source}: ${found.join(`\nconfig ${source}: `)}`);
}

/** What flags change in a config. */
export interface Overrides {
  readonly steps?: number;
  readonly seed?: number;
}

/**
 * The config with what flags change. Fewer or more steps keep the number of evaluations and checkpoints: their
 * distances change in proportion.
 */
export function withOverrides(config: ExperimentConfig, { steps, seed }: Overrides): ExperimentConfig {
  const scaled = (every: number, to: number): number => Math.max(1, Math.round((every * to) / config.steps));
  return {
    ...config,
    ...(seed !== undefined && { seed }),
    ...(steps !== undefined && {
      steps,
      evaluation: {
        ...config.evaluation,
        every: scaled(config.evaluation.every, steps),
      },
      checkpoint: { every: scaled(config.checkpoint.every, steps) },
    }),
  };
}
