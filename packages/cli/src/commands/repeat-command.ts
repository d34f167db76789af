import { isDeepStrictEqual } from 'node:util';
import type { ExperimentConfig } from '../config/experiment.js';
import { withOverrides } from '../config/load.js';
import { configs } from '../configs/index.js';
import type { RunFolder } from '../run/folder.js';
import { shortPath } from '../run/paths.js';
import type { Execution } from '../run/parts.js';

/** What to type to run it again: by the config's name where that says it all, else by the run's own copy of it. */
export function repeatCommand(
  command: 'compare' | 'train',
  config: ExperimentConfig,
  { backend, compiled, threaded }: Execution & { backend: string | undefined },
  folder: RunFolder,
): string {
  const { steps, seed, twins } = config;
  const named = configs[config.name];
  const [twin] = twins;
  const same =
    named !== undefined &&
    isDeepStrictEqual(
      { ...withOverrides(named, { steps, seed }), twins: command === 'train' ? twins : named.twins },
      config,
    );
  const words = [
    `npx @immiscible/cli ${command}`,
    same
      ? `--config=${config.name} --steps=${steps} --seed=${seed}`
      : `--config=${shortPath(folder.file('config.json'))}`,
    ...(command === 'train' && same && twin ? [`--twin=${twin.name}`] : []),
    ...(backend === undefined ? [] : [`--backend=${backend}`]),
    ...(compiled ? [] : ['--no-jit']),
    ...(threaded ? [] : ['--no-thread']),
  ];
  return words.join(' ');
}
