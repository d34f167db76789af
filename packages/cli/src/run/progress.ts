import { duration, type Terminal } from '@immiscible/command-line';
import { count } from '../report/format.js';

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

/** Shortest time between lines that stay, so that a log stays readable, and between those that are rewritten. */
const SECONDS_BETWEEN = { log: 10, status: 0.1 };

/** One line that is rewritten, or where nobody watches a line now and then. */
export function createProgress(
  steps: number,
  { log, status }: Terminal,
  now: () => number = () => performance.now() / 1000,
): Progress {
  const show = status ?? log;
  const between = status ? SECONDS_BETWEEN.status : SECONDS_BETWEEN.log;
  let last = status ? -Infinity : now();
  return {
    update(state) {
      if (now() - last < between) return;
      last = now();
      show(`step ${count(state.step)} of ${count(steps)}  ${describe(state)}`);
    },
    log,
    stop: () => status?.(''),
  };
}

function describe(state: ProgressState): string {
  const losses = state.losses.filter(Number.isFinite).map((loss) => loss.toFixed(4));
  const parts = [
    state.activity,
    Number.isFinite(state.rate) ? `${state.rate.toFixed(1)} steps/s` : '',
    Number.isFinite(state.remaining) ? `${duration(state.remaining)} left` : '',
    losses.length > 0 ? `loss ${losses.join(' | ')}` : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}
