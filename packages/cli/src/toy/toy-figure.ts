import { CHART } from '../report/chart-frame.js';
import { domain, lineChart } from '../report/chart.js';
import { escapeHtml as escape } from '../report/escape.js';
import { samplingSteps as samplingStepsText } from '../report/format.js';
import { CHART_STYLE, COLORS } from '../report/style.js';
import { type Judged, meanCurve, names, type ToyResults } from './toy-results.js';

const GAP = 30;
const TOP = 34;

/** Distance against training steps: a row of charts for each method, a column for each set. Light and dark. */
export function toyFigure(results: ToyResults, judged: Judged): string {
  const [sets, methods, couplings] = [
    names(results, 'set'),
    names(results, 'method'),
    names(results, 'coupling'),
  ];
  const width = sets.length * (CHART.width + GAP) - GAP;
  const height = TOP + methods.length * (CHART.height + GAP) - GAP;
  const panels = methods.flatMap((method, row) => {
    const curves = sets.map((set) =>
      couplings.map((coupling) => meanCurve(results, { set, method, coupling }, judged)),
    );
    const yDomain = domain(curves.flat(2).flatMap(({ distance }) => interval(distance)));
    return sets.map((set, column) => {
      const floor = results.chance[set] ?? [];
      const steps = results.samplingSteps[method]?.[judged === 'few' ? 0 : 1] ?? NaN;
      return lineChart({
        title: `${method}, ${set}, ${samplingStepsText(steps)}`,
        xLabel: 'training steps',
        yLabel: 'sliced Wasserstein',
        yDomain,
        floor: { value: floor.reduce((a, b) => a + b, 0) / floor.length, label: 'two draws of the set' },
        place: { x: column * (CHART.width + GAP), y: TOP + row * (CHART.height + GAP) },
        series: couplings.map((name, color) => ({
          name,
          color: color % 5,
          points: (curves[column]?.[color] ?? []).map(({ step, distance }) => ({
            x: step,
            y: distance.mean,
            ...(distance.halfWidth !== null && { interval: interval(distance) }),
          })),
        })),
      });
    });
  });
  const legend = couplings.map(
    (name, i) =>
      `<tspan class="s${i % 5}" font-weight="600" fill="currentColor"${i > 0 ? ' dx="14"' : ''}>${escape(name)}</tspan>`,
  );
  const seeds = results.seeds.length;
  const note = `sliced Wasserstein distance, mean${seeds > 1 ? ` and 95% interval over ${seeds} seeds` : ''}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-GAP / 2} 0 ${width + 2 * GAP} ${height}" width="${width + 2 * GAP}" height="${height}" ` +
    `font-family="system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">` +
    `<style>${COLORS}${CHART_STYLE}svg { background: var(--page); } svg.chart { overflow: visible; background: none; }</style>` +
    `<g class="chart"><text x="0" y="14">${legend.join('')}<tspan dx="14">${escape(note)}</tspan></text></g>` +
    `${panels.join('')}</svg>\n`
  );
}

/** Never below half of the mean: the axis is logarithmic, and an interval of three seeds is wide. */
function interval({ mean, halfWidth }: { mean: number; halfWidth: number | null }): [number, number] {
  const half = Math.min(halfWidth ?? 0, mean / 2);
  return [mean - half, mean + half];
}
