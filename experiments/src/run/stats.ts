import { appendFileSync } from 'node:fs';
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

/** Appends to the run's `stats.jsonl`. */
export interface StatsLog {
  append(stat: Stat): void;
}

const FILE = 'stats.jsonl';

export function statsLog(folder: RunFolder): StatsLog {
  return { append: (stat) => appendFileSync(folder.file(FILE), `${JSON.stringify(stat)}\n`) };
}

/** What a run has logged so far; a last line that was cut short by a kill is left out. */
export function readStats(folder: RunFolder): Stat[] {
  const lines = folder.read(FILE)?.toString('utf8').split('\n') ?? [];
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Stat];
    } catch {
      return [];
    }
  });
}

/** Forgets what was logged after the step that a twin goes on from. */
export function rewindStats(folder: RunFolder, stepOf: ReadonlyMap<string, number>): Stat[] {
  const kept = readStats(folder).filter(({ twin, step }) => step <= (stepOf.get(twin) ?? 0));
  folder.write(FILE, kept.map((stat) => `${JSON.stringify(stat)}\n`).join(''));
  return kept;
}

/** A twin's training clock after a step. */
export function lastSeconds(stats: readonly Stat[], twin: string, step: number): number {
  return (
    stats.filter((stat) => stat.kind === 'step' && stat.twin === twin && stat.step <= step).at(-1)?.seconds ??
    0
  );
}
