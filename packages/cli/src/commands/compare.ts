import type { Command } from './command.js';
import { runExperiment } from './run-experiment.js';
import { runFlags } from './run-flags.js';

export const compare: Command = {
  name: 'compare',
  description: 'Train the twins of a config side by side and report what their coupling changes',
  flags: runFlags,
  run: (given) => runExperiment(given, { command: 'compare', select: (config) => config }),
};
