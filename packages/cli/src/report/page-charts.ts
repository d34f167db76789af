import { domain, lineChart } from './chart.js';
import { curveAt } from './compare-curves.js';
import { escapeHtml as escape } from './escape.js';
import { count, samplingSteps as samplingStepsText } from './format.js';
import type { CurvePoint, Summary } from './summary.js';

/** Distances against steps and against seconds. */
export function chartSection({ twins, evaluation }: Summary, legend: string): string {
  const all = twins.flatMap(({ curve }) => curve.map(({ value }) => value));
  if (all.length === 0) return '';
  const { floor } = evaluation;
  const yDomain = domain(all);
  const row = (xLabel: string, x: (point: CurvePoint) => number) =>
    evaluation.samplingSteps.map((samplingSteps) =>
      lineChart({
        title: samplingStepsText(samplingSteps),
        xLabel,
        yLabel: evaluation.metric,
        yDomain,
        ...(floor > 0 && { floor: { value: floor, label: 'real images' } }),
        series: twins.map((twin, i) => ({
          name: twin.name,
          color: i % 5,
          points: curveAt(twin, samplingSteps).map((point) => ({ x: x(point), y: point.value })),
        })),
      }),
    );
  const steps = row('training steps', ({ step }) => step);
  const seconds = row('seconds of training', (point) => point.seconds);
  return `<section>
<h2>Distance against training steps</h2>
<p class="note">${escape(evaluation.metric)}, lower is better, logarithmic. ${count(evaluation.n)} samples each, of the averaged
weights, from the same fixed noise for every twin.</p>
${legend}<div class="panels">${steps.join('')}</div>
<h2>Distance against seconds</h2>
<p class="note">Each twin's own training clock, the coupling included, evaluations left out.</p>
${legend}<div class="panels">${seconds.join('')}</div>
</section>`;
}

/** The losses, for what they are worth. */
export function lossSection({ twins }: Summary, legend: string): string {
  const chart = lineChart({
    title: 'training loss',
    xLabel: 'training steps',
    yLabel: 'loss',
    dots: false,
    series: twins.map((twin, i) => ({
      name: twin.name,
      color: i % 5,
      points: twin.loss.map(({ step, value }) => ({ x: step, y: value })),
    })),
  });
  if (chart === '') return '';
  return `<section>
<h2>Training loss</h2>
<p class="note">To see that training is sound, not to compare: a coupling changes what is to be learned, and with it
the least loss there is.</p>
${legend}<div class="panels">${chart}</div>
</section>`;
}
