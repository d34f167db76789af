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
  const last = steps.at(-1);
  const couplingSeconds = steps.reduce((sum, step) => sum + step.couplingSeconds, 0);
  const aheadSeconds = steps.reduce((sum, step) => sum + step.couplingAheadSeconds, 0);
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
    couplingShare: last && last.seconds > 0 ? couplingSeconds / last.seconds : 0,
    couplingAhead: last && last.seconds > 0 ? aheadSeconds / last.seconds : 0,
    distanceDrop: steps.length > 0 ? 1 - distance.after / distance.before : 0,
    distance,
    grids,
    ...(checkpoint !== undefined && { checkpoint }),
  };
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
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
