// What the benchmarks of steps and of sampling share: flags, the network, turns with a peer.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { selectBackend } from '@immiscible/backend';

const INTEGERS = { channels: 64, batch: 32, levels: 3, steps: 20, rounds: 4 };
const CHOICES = {
  precision: ['float32', 'bfloat16'],
  'peer-mode': ['eager', 'compile'],
  // Our kernels: as the environment says, or off, on, or both in turns.
  kernels: ['default', 'off', 'on', 'both'],
};

/** The flags of a suite, checked. */
export function readFlags(suite, args) {
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(Object.keys(INTEGERS).map((key) => [key, { type: 'string' }])),
      ...Object.fromEntries(Object.keys(CHOICES).map((key) => [key, { type: 'string' }])),
      backend: { type: 'string' },
      peer: { type: 'string' },
      'no-jit': { type: 'boolean', default: false },
      xla: { type: 'boolean', default: false },
    },
  });
  const flags = { backend: values.backend, peer: values.peer, jit: !values['no-jit'], xla: values.xla };
  for (const [key, standard] of Object.entries(INTEGERS)) {
    const value = values[key] === undefined ? standard : Number(values[key]);
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`bench ${suite}: --${key} must be a positive integer, got ${values[key]}`);
    }
    flags[key] = value;
  }
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = values[key] ?? choices[0];
    if (!choices.includes(value)) {
      throw new RangeError(`bench ${suite}: --${key} must be one of ${choices.join(', ')}, got ${value}`);
    }
    flags[key === 'peer-mode' ? 'peerMode' : key] = value;
  }
  return flags;
}

/** The configuration of the U-Net: multipliers 1, 2, 2, …; attention at the second level. */
export const networkOf = ({ channels, levels }) => ({
  imageChannels: 3,
  channels,
  channelMultipliers: Array.from({ length: levels }, (_, level) => (level === 0 ? 1 : 2)),
  blocksPerLevel: 2,
  attentionLevels: levels > 1 ? [1] : [],
});

export const median = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(10 * sorted[sorted.length >> 1]) / 10;
};

/** The most memory that this process has held, in MB. */
export const memoryOf = () => Math.round(process.resourceUsage().maxRSS / 1024);

/**
 * The ways to run ours, by their names: with and without our kernels. A recorded step keeps those that it was recorded with.
 *
 * @param make - given an engine, makes what runs once
 */
export async function variantsOf(flags, make) {
  const names = flags.kernels === 'both' ? ['off', 'on'] : [flags.kernels];
  const variants = [];
  for (const name of names) {
    const options = flags.backend ? { backend: flags.backend } : {};
    const engine = await selectBackend(name === 'default' ? options : { ...options, kernels: name === 'on' });
    if (name === 'on' && engine.kernels.length === 0) throw new Error(`bench: no kernels: ${engine.reason}`);
    const { key, ...made } = {
      key: names.length > 1 && name === 'on' ? 'kernels' : 'ours',
      ...(await make(engine)),
    };
    variants.push({ key, engine, ...made });
  }
  return variants;
}

/**
 * Runs each of `bodies` in turn, `rounds` times; milliseconds of each run, by the clock and of the processors' time. A turn is a few runs, of which the first
 * doesn't count: after a turn of somebody else's, caches are cold and his threads may still be spinning.
 */
export async function takeTurns(bodies, rounds, runs = 3) {
  const times = Object.fromEntries(Object.keys(bodies).map((key) => [key, []]));
  const processor = Object.fromEntries(Object.keys(bodies).map((key) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [key, body] of Object.entries(bodies)) {
      for (let k = 0; k <= runs; k++) {
        const usedBefore = process.cpuUsage();
        const started = performance.now();
        const given = await body();
        const used = process.cpuUsage(usedBefore);
        if (k > 0) processor[key].push(given?.cpu ?? (used.user + used.system) / 1000);
        if (k > 0) times[key].push(given?.milliseconds ?? performance.now() - started);
      }
    }
  }
  return { times, processor };
}

/**
 * Starts the PyTorch peer, at its best: large blocks of memory are kept, not given back to the system and faulted in
 * again at every step.
 *
 * @returns `once()`, one run with the milliseconds that it took by the peer's own clock, and `end()`, what it says of itself
 */
export async function peerOf(flags, task) {
  const script = fileURLToPath(new URL('pytorch_peer.py', import.meta.url));
  const child = spawn(
    flags.peer,
    [
      script,
      task,
      ...[flags.channels, flags.batch, flags.levels, flags.steps].map(String),
      flags.precision,
      flags.peerMode,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        MALLOC_MMAP_THRESHOLD_: '4000000000',
        MALLOC_TRIM_THRESHOLD_: '8000000000',
      },
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`bench: the peer ${flags.peer} ended with code ${code}`)));
  });
  failed.catch(() => {});
  const ask = async (word) => {
    child.stdin.write(`${word}\n`);
    const { value } = await Promise.race([lines.next(), failed]);
    return JSON.parse(value);
  };
  const { first_ms } = await ask('run');
  return {
    once: () => ask('run'),
    async end() {
      const about = await ask('end');
      return { ...about, first_ms };
    },
  };
}
