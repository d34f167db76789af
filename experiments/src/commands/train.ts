import { suggestion } from '../config/nearest.js';
import { UsageError } from '../usage-error.js';
import { type Command, text } from './command.js';
import { runExperiment } from './run-experiment.js';
import { runFlags } from './run-flags.js';

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
        const names = config.twins.map((one) => one.name);
        const name = text(given, 'twin') ?? names.at(-1);
        const twins = config.twins.filter((one) => one.name === name);
        if (twins.length === 0) {
          throw new UsageError(
            `--twin must be a twin of ${config.name}, got ${name}${suggestion(name ?? '', names)}`,
          );
        }
        return { ...config, twins };
      },
    }),
};
