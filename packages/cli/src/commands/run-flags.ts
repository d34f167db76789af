import type { FlagValues } from '@immiscible/command-line';
import { configs } from '../configs/index.js';
import type { Execution } from '../run/parts.js';

/** The engines that `--backend` takes. */
export const BACKENDS = ['native', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

// What these flags set are fields of configs, checked with these: errors of libraries about arguments of the same names are about others.
const sets = [] as const;

export const backendFlag = {
  backend: { kind: 'choice', choices: BACKENDS, sets, about: 'the engine; the best there is, if not given' },
} as const;

/** For every command that runs a network. */
export const jitFlag = {
  jit: { kind: 'boolean', default: true, sets, about: 'run operation by operation, not as recorded graphs' },
} as const;

/** For every command that trains. */
export const threadFlag = {
  thread: {
    kind: 'boolean',
    default: true,
    sets,
    about: 'couple in the training thread, not ahead in one of its own',
  },
} as const;

/** How a run is to be carried out. */
export function execution({ jit, thread }: { readonly jit: boolean; readonly thread: boolean }): Execution {
  return { compiled: jit, threaded: thread };
}

/** The config that is run if none is named. */
export const DEFAULT_CONFIG = 'fashion-ddim';

export const configFlag = {
  config: {
    kind: 'text',
    hint: 'NAME|FILE.json',
    sets,
    about: `the experiment: ${Object.keys(configs).join(', ')}, or a file; ${DEFAULT_CONFIG}, if not given`,
  },
} as const;

/** What `train` and `compare` take. */
export const runFlags = {
  ...configFlag,
  steps: { kind: 'integer', least: 1, sets, about: "training steps, if not the config's" },
  seed: { kind: 'integer', least: 0, sets, about: "root of all randomness, if not the config's" },
  ...backendFlag,
  ...jitFlag,
  ...threadFlag,
  out: {
    kind: 'text',
    hint: 'DIR',
    sets,
    about: 'folder of the run, new; runs/CONFIG-seedN-TIME, if not given',
  },
  resume: {
    kind: 'text',
    hint: 'DIR|latest',
    sets,
    about: 'go on with the run in that folder, from its last checkpoints',
  },
} as const;

/** The values of {@link runFlags}. */
export type RunFlags = FlagValues<typeof runFlags>;
