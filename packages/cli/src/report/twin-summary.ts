import type { TwinConfig } from '../config/experiment.js';
import type { Stat } from '../run/stats.js';
import type { GridFile, TwinSummary } from './summary.js';

/** Points of the loss curve: enough for a picture. */
const LOSS_POINTS = 150;

/** What one twin's log says. */
export function twinSummary(
  { name, coupling }: TwinConfig,
  stats: readonly Stat[],
  grids: readonly GridFile[],
  checkpoint: string | undefined,
): TwinSummary {
  const own = stats.filter(({ twin }) => twin === name);
  const steps = own.flatMap((stat) => (stat.kind === 'step' ? [stat] : []));
  const last = own.at(-1);
  const timed = withOwnSeconds(steps);
  const total = sum(timed.map((step) => step.ownSeconds));
  const shareOf = (seconds: number): number => (total > 0 ? seconds / total : 0);
  const distance = {
    before: mean(steps.map((step) => step.distance.before)),
    after: mean(steps.map((step) => step.distance.after)),
  };
  return {
    name,
    coupling,
    steps: last?.step ?? 0,
    seconds: last?.seconds ?? 0,
    curve: own.flatMap((stat) => {
      if (stat.kind !== 'evaluation') return [];
      const { kind: _kind, twin: _twin, ...point } = stat;
      return [point];
    }),
    loss: averaged(steps),
    couplingShare: shareOf(sum(timed.map((step) => step.couplingSeconds))),
    couplingAhead: shareOf(sum(timed.map((step) => step.couplingAheadSeconds))),
    distanceDrop: steps.length > 0 ? 1 - distance.after / distance.before : 0,
    distance,
    grids,
    ...(checkpoint !== undefined && { checkpoint }),
  };
}

type Step = Extract<Stat, { kind: 'step' }>;

/** Steps with the time of each, as far as the clock before it is known: after a loss of the log it isn't. */
function withOwnSeconds(steps: readonly Step[]): (Step & { readonly ownSeconds: number })[] {
  return steps.flatMap((step, i) => {
    const before = steps[i - 1];
    const began = step.step === 1 ? 0 : before?.step === step.step - 1 ? before.seconds : undefined;
    return began === undefined ? [] : [{ ...step, ownSeconds: step.seconds - began }];
  });
}

function averaged(steps: readonly { step: number; loss: number }[]): { step: number; value: number }[] {
  const span = Math.max(1, Math.ceil(steps.length / LOSS_POINTS));
  const points: { step: number; value: number }[] = [];
  for (let i = 0; i < steps.length; i += span) {
    const part = steps.slice(i, i + span);
    points.push({ step: part.at(-1)?.step ?? 0, value: mean(part.map(({ loss }) => loss)) });
  }
  return points;
}

/** 0 of nothing, so that JSON has a number. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
