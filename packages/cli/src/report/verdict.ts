import { SEED_SPREAD } from './compare-curves.js';
import { count, figure, list, percent, samplingSteps as samplingStepsText, times } from './format.js';
import type { Comparison, Summary, TwinSummary } from './summary.js';

/** What a run shows, and what that rests on. */
export interface Verdict {
  readonly finding: string;
  readonly caveat: string;
}

/** What the run shows in words, whatever it is: one verdict for each twin beside the first. */
export function verdict(summary: Summary): Verdict[] {
  const [baseline, ...others] = summary.twins;
  if (baseline === undefined) return [{ finding: 'Nothing was trained.', caveat: '' }];
  const prefix = endedEarly(summary);
  if (others.length === 0)
    return [{ finding: `${prefix}${alone(summary, baseline)}`, caveat: 'This is one seed.' }];
  return others.map((other, i) => {
    const comparisons = summary.comparisons.filter((comparison) => comparison.other === other.name);
    return {
      finding: `${i === 0 ? prefix : ''}${against(summary, baseline, other, comparisons)}`,
      caveat: comparisons.length === 0 ? '' : noise(comparisons),
    };
  });
}

function endedEarly({ status, twins, config, error }: Summary): string {
  const done = Math.min(...twins.map(({ steps }) => steps));
  const where = `at step ${count(done)} of ${count(config.steps)}`;
  if (status === 'running') return `Still running, ${where}. `;
  if (status === 'interrupted') return `Interrupted ${where}; this is what there is. `;
  if (status === 'failed')
    return `Stopped by an error ${where} (${error ?? 'unknown'}); this is what there is. `;
  return '';
}

function alone(summary: Summary, twin: TwinSummary): string {
  const last = twin.curve.filter(({ step }) => step === Math.max(...twin.curve.map((point) => point.step)));
  if (last.length === 0) return `${twin.name} was not evaluated.`;
  const values = last.map(({ samplingSteps, value }) => `${figure(value)} at ${samplingSteps}`);
  return (
    `${twin.name}: ${summary.evaluation.metric} ${list(values)} sampling steps after ` +
    `${count(last[0]?.step ?? 0)} training steps.`
  );
}

function against(
  summary: Summary,
  baseline: TwinSummary,
  other: TwinSummary,
  comparisons: readonly Comparison[],
): string {
  const first = comparisons[0];
  if (first === undefined) {
    return `No step has an evaluation of both ${baseline.name} and ${other.name}: nothing to compare.`;
  }
  const metric = summary.evaluation.metric;
  const parts = (['lower', 'higher', 'equal within noise'] as const).flatMap((kind) => {
    const of = comparisons.filter((comparison) => comparison.verdict === kind);
    return of.length === 0 ? [] : [{ kind, text: `at ${where(of)}` }];
  });
  const after = `After ${count(first.step)} training steps`;
  const [only] = parts;
  const finding =
    parts.length === 1 && only?.kind === 'equal within noise'
      ? `${after} there is no significant difference between the twins: ${other.name} has, against ${baseline.name}, an ${metric} of ` +
        `${comparisons.map(pair).join(', ')} sampling steps.`
      : `${after} ${other.name} has, compared with ${baseline.name}, ` +
        `${list(parts.map(({ kind, text }, i) => `${CALLED[kind]}${i === 0 ? ` ${metric}` : ''} ${text}`))}.`;
  return [finding, speed(baseline, comparisons), price(other)].filter((part) => part !== '').join(' ');
}

const CALLED = {
  lower: 'a lower',
  higher: 'a higher',
  'equal within noise': 'one without a significant difference',
} as const;

function pair({ otherValue, baselineValue, samplingSteps }: Comparison): string {
  return `${figure(otherValue)} against ${figure(baselineValue)} at ${samplingSteps}`;
}

function where(of: readonly Comparison[]): string {
  const [only] = of;
  const values =
    of.length === 1 && only
      ? `${figure(only.otherValue)} against ${figure(only.baselineValue)}`
      : of.map(pair).join(', ');
  return `${samplingStepsText(...of.map(({ samplingSteps }) => samplingSteps))} (${values})`;
}

function speed(baseline: TwinSummary, comparisons: readonly Comparison[]): string {
  const faster = comparisons.filter(({ speedUp, verdict: kind }) => speedUp !== null && kind === 'lower');
  if (faster.length === 0) return '';
  const each = faster.map(
    ({ speedUp, reached, samplingSteps }) =>
      `${times(speedUp ?? NaN, reached?.atFirst)} fewer at ${samplingSteps}`,
  );
  return `It reaches ${baseline.name}'s best in fewer training steps: ${list(each)} sampling steps.`;
}

function price(other: TwinSummary): string {
  return (
    `Its coupling shortens the mean distance from an image to its noise by ${percent(other.distanceDrop)} and takes ` +
    `${percent(other.couplingShare)} of the training time${aheadText(other)}.`
  );
}

function aheadText({ couplingAhead }: TwinSummary): string {
  return couplingAhead > 0 ? `, with a thread of its own at work for ${percent(couplingAhead)} of it` : '';
}

function noise(comparisons: readonly Comparison[]): string {
  const errors = comparisons.flatMap(({ standardError }) => (standardError === null ? [] : [standardError]));
  const sampling =
    errors.length === 0
      ? 'The error from the finite number of samples was not estimated.'
      : `The finite number of samples gives a ratio of distances a standard error of up to ${percent(Math.max(...errors))}.`;
  return (
    `One seed. ${sampling} What another seed would change is set to ${percent(SEED_SPREAD)}, as measured over three ` +
    'seeds of the configs that ship; a ratio within twice both together is no significant difference.'
  );
}
