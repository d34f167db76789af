import { type Command, defineCommand } from '@immiscible/command-line';
import { runExperiment } from './run-experiment.js';
import { runFlags } from './run-flags.js';

export const compare: Command = defineCommand({
  name: 'compare',
  about: 'Train the twins of a config side by side and report what their coupling changes',
  flags: runFlags,
  run: ({ flags }, terminal) =>
    runExperiment(flags, terminal, { command: 'compare', select: (config) => config }),
});
