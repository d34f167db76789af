import {
  type Command,
  defineCommand,
  jsonFlag,
  packageVersion,
  type Program,
  type Terminal,
} from '@immiscible/command-line';
import { INSTRUCTION_SETS } from './node/processor.js';
import type { Diagnosis } from './node/doctor.js';
import type { OnProgress } from './node/progress.js';

/** One line that is rewritten on a terminal, and else a line at each stage. */
function printer(terminal: Terminal): OnProgress {
  let last = '';
  return ({ message, fraction }) => {
    const percent = fraction === undefined ? '' : ` ${Math.round(100 * fraction)} %`;
    if (terminal.status) terminal.status(`${message}${percent}`);
    else if (message !== last) terminal.error(message);
    last = message;
  };
}

const install: Command = defineCommand({
  name: 'install',
  about: 'Put a current libtensorflow under @tensorflow/tfjs-node-gpu (Linux x64)',
  flags: {
    gpu: { kind: 'boolean', about: 'the CUDA 12 build (3.4 GB to download; untried on a GPU so far)' },
    'instruction-set': {
      kind: 'choice',
      choices: INSTRUCTION_SETS,
      about:
        'what our kernels are built for: native, this processor; the others run on other processors, too',
    },
    force: { kind: 'boolean', about: 'anew, even if an engine is there' },
    quiet: { kind: 'boolean', about: 'say nothing but errors' },
    json: jsonFlag,
  },
  run: async ({ flags: { gpu, force, quiet, json, 'instruction-set': instructionSet } }, terminal) => {
    const { installNative } = await import('./node/install.js');
    const onProgress = quiet || json ? () => {} : printer(terminal);
    const set = instructionSet === undefined ? {} : { instructionSet };
    const installed = await installNative({ gpu, force, onProgress, ...set });
    terminal.status?.('');
    const { kernels } = installed;
    if (kernels.names.length === 0 && !json) terminal.error(`no kernels of our own: ${kernels.reason}`);
    if (json) terminal.log(JSON.stringify(installed));
    else if (!quiet) {
      const { tensorflow, variant, already } = installed;
      terminal.log(`libtensorflow ${tensorflow} (${variant}) ${already ? 'is already' : 'is now'} in place`);
      if (kernels.names.length > 0) terminal.log(`kernels of our own: ${kernels.names.join(', ')}`);
    }
  },
});

function print({ findings, backend }: Diagnosis, terminal: Terminal): void {
  const marks = { ok: 'ok     ', absent: 'absent ', broken: 'BROKEN ' };
  for (const { what, state, detail, fix } of findings) {
    terminal.log(`${marks[state]} ${what}: ${detail}`);
    if (fix !== undefined) terminal.log(`         to do: ${fix}`);
  }
  terminal.log(
    backend ? `selectBackend() → ${backend.name} ${backend.version} (${backend.reason})` : 'no backend',
  );
}

const doctor: Command = defineCommand({
  name: 'doctor',
  about: 'Say what is there, what is missing, and which backend is chosen',
  flags: { json: jsonFlag },
  run: async ({ flags }, terminal) => {
    const { doctor: diagnose } = await import('./node/doctor.js');
    const diagnosis = await diagnose();
    if (flags.json) terminal.log(JSON.stringify(diagnosis));
    else print(diagnosis, terminal);
    const isBroken = diagnosis.findings.some(({ state }) => state === 'broken');
    return !diagnosis.backend || isBroken ? 1 : 0;
  },
});

/** The command `immiscible-backend`. */
export const backendProgram: Program = {
  name: 'npx @immiscible/backend',
  about: 'Engines for TensorFlow.js',
  version: packageVersion(new URL('../package.json', import.meta.url)),
  commands: [install, doctor],
};
