import { packageVersion, type Program } from '@immiscible/command-line';
import { CheckpointError } from '@immiscible/trainer';
import { bench } from './commands/bench.js';
import { compare } from './commands/compare.js';
import { config } from './commands/config.js';
import { evaluate } from './commands/evaluate.js';
import { otherPackages } from './commands/other-packages.js';
import { sample } from './commands/sample.js';
import { summarize } from './commands/summarize.js';
import { toy2d } from './commands/toy-2d.js';
import { train } from './commands/train.js';
import { WriteError } from './run/write-whole.js';

/** The command `immiscible`. */
export const program: Program = {
  name: 'npx @immiscible/cli',
  about: 'Train diffusion models with and without noise assigned to images, compare them, and report',
  version: packageVersion(new URL('../package.json', import.meta.url)),
  commands: [compare, train, sample, evaluate, bench, summarize, toy2d, config, ...otherPackages],
  // Of the disk, not of the code: the stack would only hide what is said.
  isFault: (error) => !(error instanceof WriteError || error instanceof CheckpointError),
};
