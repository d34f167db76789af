import cliProgress from 'cli-progress';
import { printable } from '../report/escape.js';
import { count, duration } from '../report/format.js';

/** What is going on, for the one line that is shown. */
export interface ProgressState {
  readonly step: number;
  /** Training steps a second, all twins together. */
  readonly rate: number;
  /** Seconds to the end of the run, evaluations included. */
  readonly remaining: number;
  /** The last losses, one a twin. */
  readonly losses: readonly number[];
  /** `training`, or what is evaluated. */
  readonly activity: string;
}

/** Shows how far a run is. */
export interface Progress {
  update(state: ProgressState): void;
  /** A line that stays. */
  log(line: string): void;
  stop(): void;
}

/** A bar in a terminal, plain lines elsewhere. */
export function createProgress(steps: number, stream: NodeJS.WriteStream = process.stdout): Progress {
  return stream.isTTY ? bar(steps, stream) : plain(steps, stream);
}

function describe(state: ProgressState): string {
  const losses = state.losses.filter(Number.isFinite).map((loss) => loss.toFixed(4));
  const parts = [
    state.activity,
    Number.isFinite(state.rate) ? `${state.rate.toFixed(1)} steps/s` : '',
    Number.isFinite(state.remaining) ? `${duration(state.remaining)} left` : '',
    losses.length > 0 ? `loss ${losses.join(' | ')}` : '',
  ];
  return printable(parts.filter((part) => part !== '').join('  '));
}

function bar(steps: number, stream: NodeJS.WriteStream): Progress {
  const bars = new cliProgress.MultiBar(
    {
      format: '{bar} {value}/{total}  {text}',
      barsize: 24,
      barCompleteChar: '━',
      barIncompleteChar: '─',
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
      linewrap: false,
      fps: 8,
      stream,
    },
    cliProgress.Presets.legacy,
  );
  const one = bars.create(steps, 0, { text: '' });
  return {
    update: (state) => one.update(state.step, { text: describe(state) }),
    log(line) {
      bars.log(`${printable(line)}\n`);
      bars.update();
    },
    stop: () => bars.stop(),
  };
}

/** Lines no more often than this, so that a log stays readable. */
const SECONDS_BETWEEN_LINES = 10;

function plain(steps: number, stream: NodeJS.WriteStream): Progress {
  let last = performance.now();
  return {
    update(state) {
      const now = performance.now();
      if (now - last < SECONDS_BETWEEN_LINES * 1000) return;
      last = now;
      stream.write(`step ${count(state.step)} of ${count(steps)}  ${describe(state)}\n`);
    },
    log: (line) => void stream.write(`${printable(line)}\n`),
    stop() {},
  };
}
