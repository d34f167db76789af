import { type Command, defineCommand } from '@immiscible/command-line';
import { runExperiment } from './run-experiment.js';
import { runFlags } from './run-flags.js';
import { twinNamed } from './saved-run.js';

export const train: Command = defineCommand({
  name: 'train',
  about: 'Train one twin of a config',
  flags: {
    ...runFlags,
    twin: { kind: 'text', hint: 'NAME', sets: [], about: 'which one; the last, if not given' },
  },
  run: ({ flags }, terminal) =>
    runExperiment(flags, terminal, {
      command: 'train',
      select: (config) => {
        const name = flags.twin ?? config.twins.at(-1)?.name ?? '';
        return { ...config, twins: [twinNamed(config, name)] };
      },
    }),
});
