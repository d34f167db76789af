import type { ArgsDef } from 'citty';
import type { Given } from './command.js';
import { configs } from '../configs/index.js';
import type { Execution } from '../run/parts.js';

/** The engines that `--backend` takes. */
export const BACKENDS = ['native', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

export const backendFlag: ArgsDef = {
  backend: { type: 'string', valueHint: BACKENDS.join('|'), description: 'Engine (the best there is)' },
};

/** For every command that runs a network. */
export const jitFlag: ArgsDef = {
  'no-jit': { type: 'boolean', description: 'Run operation by operation, not as recorded graphs' },
};

/** For every command that trains. */
export const threadFlag: ArgsDef = {
  'no-thread': { type: 'boolean', description: 'Couple in the training thread, not ahead in one of its own' },
};

/** How a run is to be carried out. */
export function execution(given: Given): Execution {
  return { compiled: isCompiled(given), threaded: given.flags['no-thread'] !== true };
}

/** Whether training and sampling are to run as recorded graphs. */
export function isCompiled({ flags }: Given): boolean {
  return flags['no-jit'] !== true;
}

export const configFlag: ArgsDef = {
  config: {
    type: 'string',
    valueHint: 'NAME|FILE.json',
    description: `Experiment: ${Object.keys(configs).join(', ')}, or a file (fashion-ddim)`,
  },
};

/** What `train` and `compare` take. */
export const runFlags: ArgsDef = {
  ...configFlag,
  steps: { type: 'string', valueHint: 'N', description: "Training steps (the config's)" },
  seed: { type: 'string', valueHint: 'N', description: "Root of all randomness (the config's)" },
  ...backendFlag,
  ...jitFlag,
  ...threadFlag,
  out: { type: 'string', valueHint: 'DIR', description: 'Folder of the run, new (runs/CONFIG-seedN-TIME)' },
  resume: {
    type: 'string',
    valueHint: 'DIR|latest',
    description: 'Go on with the run in that folder, from its last checkpoints',
  },
};
