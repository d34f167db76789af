import { defineCommand, runMain } from 'citty';
import type { Diagnosis } from './node/doctor.js';
import type { InstallProgress } from './node/progress.js';

/** One line that is rewritten on a terminal, and else a line at each stage. */
function printer(): (progress: InstallProgress) => void {
  let last = '';
  return ({ message, fraction }) => {
    const percent = fraction === undefined ? '' : ` ${Math.round(100 * fraction)} %`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}${percent}`);
    else if (message !== last) process.stderr.write(`${message}\n`);
    last = message;
  };
}

/** Runs a command's body; what it throws is a message for the user, not a crash. */
async function orFail(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    // The cause is what a command said that was run; our own line comes last, where it is seen.
    if (error instanceof Error && typeof error.cause === 'string') console.error(error.cause);
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** citty lets unknown flags pass: a mistyped one would be a run that was not meant. */
function refuseUnknown(args: object, known: object): void {
  for (const name of Object.keys(args)) {
    if (name !== '_' && !(name in known)) {
      const flags = Object.keys(known).map((flag) => `--${flag}`);
      throw new RangeError(`backend: flags must be of ${flags.join(', ')}, got --${name}`);
    }
  }
  const [extra] = (args as { _: string[] })._;
  if (extra !== undefined) throw new RangeError(`backend: there must be no argument, got "${extra}"`);
}

const json = { type: 'boolean', description: 'print one JSON object', default: false } as const;

const installArgs = {
  gpu: {
    type: 'boolean',
    description: 'the CUDA 12 build (3.4 GB to download; untried on a GPU so far)',
    default: false,
  },
  force: { type: 'boolean', description: 'anew, even if an engine is there', default: false },
  quiet: { type: 'boolean', description: 'say nothing but errors', default: false },
  json,
} as const;

const install = defineCommand({
  meta: {
    name: 'install',
    description: 'Put a current libtensorflow under @tensorflow/tfjs-node-gpu (Linux x64)',
  },
  args: installArgs,
  run: ({ args }) =>
    orFail(async () => {
      refuseUnknown(args, installArgs);
      const { installNative } = await import('./node/install.js');
      const onProgress = args.quiet || args.json ? () => {} : printer();
      const installed = await installNative({ gpu: args.gpu, force: args.force, onProgress });
      if (process.stderr.isTTY && !args.quiet && !args.json) process.stderr.write('\r\x1b[K');
      if (args.json) console.log(JSON.stringify(installed));
      else if (!args.quiet) {
        const { tensorflow, variant, already } = installed;
        console.log(`libtensorflow ${tensorflow} (${variant}) ${already ? 'is already' : 'is now'} in place`);
      }
    }),
});

function print({ findings, backend }: Diagnosis): void {
  const marks = { ok: 'ok     ', absent: 'absent ', broken: 'BROKEN ' };
  for (const { what, state, detail, fix } of findings) {
    console.log(`${marks[state]} ${what}: ${detail}`);
    if (fix !== undefined) console.log(`         to do: ${fix}`);
  }
  console.log(
    backend ? `selectBackend() → ${backend.name} ${backend.version} (${backend.reason})` : 'no backend',
  );
}

const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Say what is there, what is missing, and which backend is chosen' },
  args: { json },
  run: ({ args }) =>
    orFail(async () => {
      refuseUnknown(args, { json });
      const { doctor: diagnose } = await import('./node/doctor.js');
      const diagnosis = await diagnose();
      if (args.json) console.log(JSON.stringify(diagnosis));
      else print(diagnosis);
      const isBroken = diagnosis.findings.some(({ state }) => state === 'broken');
      if (!diagnosis.backend || isBroken) process.exitCode = 1;
    }),
});

await runMain(
  defineCommand({
    meta: { name: 'npx @immiscible/backend', description: 'Engines for TensorFlow.js' },
    subCommands: { install, doctor },
  }),
);
