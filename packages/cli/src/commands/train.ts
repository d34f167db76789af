import { type Command, text } from './command.js';
import { runExperiment } from './run-experiment.js';
import { runFlags } from './run-flags.js';
import { twinNamed } from './saved-run.js';

export const train: Command = {
  name: 'train',
  description: 'Train one twin of a config',
  flags: {
    ...runFlags,
    twin: { type: 'string', valueHint: 'NAME', description: 'Which one (the last)' },
  },
  run: (given) =>
    runExperiment(given, {
      command: 'train',
      select: (config) => {
        const name = text(given, 'twin') ?? config.twins.at(-1)?.name ?? '';
        return { ...config, twins: [twinNamed(config, name)] };
      },
    }),
};
