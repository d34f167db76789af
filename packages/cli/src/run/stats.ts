import type { CurvePoint } from '../report/summary.js';
import type { RunFolder } from './folder.js';

/** One line of `stats.jsonl`. All but the seconds is the same in every run with the same seed on the same backend. */
export type Stat =
  | {
      readonly kind: 'step';
      readonly twin: string;
      /** Steps done, from 1. */
      readonly step: number;
      readonly loss: number;
      /** Of the gradient as it is before clipping. */
      readonly gradientNorm: number;
      /** Mean distance from an image to its noise, as drawn and as coupled. */
      readonly distance: { readonly before: number; readonly after: number };
      readonly seconds: number;
      readonly couplingSeconds: number;
      /** Of a thread, while the step was at other things. */
      readonly couplingAheadSeconds: number;
    }
  | ({ readonly kind: 'evaluation'; readonly twin: string } & CurvePoint);

/** What a run's `stats.jsonl` has. */
export interface SavedStats {
  readonly stats: Stat[];
  /** Lines that are none; the last one doesn't count where it was cut short by a kill. */
  readonly damaged: number;
}

export const STATS = 'stats.jsonl';

/** Appends to the run's `stats.jsonl`. */
export function appendStat(folder: RunFolder, stat: Stat): void {
  folder.append(STATS, JSON.stringify(stat));
}

/** What a run has logged so far, without what isn't a line of it. */
export function readStats(folder: RunFolder): SavedStats {
  const lines = folder.read(STATS)?.toString('utf8').split('\n') ?? [];
  // After the last line feed there is nothing, or what a kill has left of a line.
  const cut = lines.pop() ?? '';
  const whole = lines.filter((line) => line !== '').map(parseStat);
  const last = parseStat(cut);
  const stats = [...whole, last].filter((stat) => stat !== undefined);
  return { stats, damaged: whole.filter((stat) => stat === undefined).length };
}

/** Writes `stats.jsonl` anew. */
export function writeStats(folder: RunFolder, stats: readonly Stat[]): void {
  folder.write(STATS, stats.map((stat) => `${JSON.stringify(stat)}\n`).join(''));
}

const NUMBERS = {
  step: ['step', 'seconds', 'couplingSeconds', 'couplingAheadSeconds'],
  evaluation: ['step', 'seconds', 'n', 'samplingSteps'],
} as const;

function parseStat(line: string): Stat | undefined {
  try {
    const stat = JSON.parse(line) as Stat | null;
    if (typeof stat?.twin !== 'string' || !(stat.kind === 'step' || stat.kind === 'evaluation'))
      return undefined;
    const numbers = NUMBERS[stat.kind].map((name) => (stat as unknown as Record<string, unknown>)[name]);
    if (!numbers.every(Number.isFinite)) return undefined;
    if (stat.kind === 'step') return typeof stat.distance === 'object' ? stat : undefined;
    return [stat.metric, stat.sampler, stat.extractor].every((text) => typeof text === 'string')
      ? stat
      : undefined;
  } catch {
    return undefined;
  }
}

/** A twin's training clock after a step; undefined where that step wasn't logged. */
export function secondsAt(stats: readonly Stat[], twin: string, step: number): number | undefined {
  return stats.find((stat) => stat.twin === twin && stat.step === step)?.seconds;
}
