import { CHART } from './chart-frame.js';
import { domain, lineChart } from './chart.js';
import { escapeHtml as escape } from './escape.js';
import { samplingSteps as samplingStepsText } from './format.js';
import type { Results } from './results.js';
import { CHART_STYLE, COLORS } from './style.js';

const GAP = 30;
const TOP = 34;

/** Distance against training steps as a picture of its own: mean and 95% interval over seeds. Light and dark. */
export function resultsSvg({ twins, samplingSteps, metric, seeds, floor }: Results): string {
  const of = (points: Results['twins'][number]['curve']) =>
    points.flatMap(({ distance }) => [distance.mean, ...interval(distance)]);
  const yDomain = domain(twins.flatMap(({ curve }) => of(curve)));
  const width = samplingSteps.length * (CHART.width + GAP) - GAP;
  const height = TOP + CHART.height;
  const panels = samplingSteps.map((steps, i) =>
    lineChart({
      title: samplingStepsText(steps),
      xLabel: 'training steps',
      yLabel: metric,
      yDomain,
      floor: { value: floor.mean, label: 'real images' },
      place: { x: i * (CHART.width + GAP), y: TOP },
      series: twins.map(({ name, curve }, color) => ({
        name,
        color: color % 5,
        points: curve
          .filter((point) => point.samplingSteps === steps)
          .map(({ step, distance }) => ({
            x: step,
            y: distance.mean,
            ...(distance.halfWidth !== null && { interval: interval(distance) }),
          })),
      })),
    }),
  );
  const names = twins.map(
    ({ name }, i) =>
      `<tspan class="s${i % 5}" font-weight="600" fill="currentColor"${i > 0 ? ' dx="14"' : ''}>${escape(name)}</tspan>`,
  );
  const note = `${metric}, mean${seeds.length > 1 ? ` and 95% interval over ${seeds.length} seeds` : ''}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-GAP / 2} 0 ${width + GAP} ${height}" width="${width + GAP}" height="${height}" ` +
    `font-family="system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">` +
    `<style>${COLORS}${CHART_STYLE}svg { background: var(--page); }</style>` +
    `<g class="chart"><text x="0" y="14">${names.join('')}<tspan dx="14">${escape(note)}</tspan></text></g>` +
    `${panels.join('')}</svg>\n`
  );
}

/** Never below a twentieth of the mean: the axis is logarithmic. */
function interval({ mean, halfWidth }: { mean: number; halfWidth: number | null }): [number, number] {
  const half = halfWidth ?? 0;
  return [Math.max(mean - half, mean / 20), mean + half];
}
