import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { CHART, frame, type Place, type Scales } from './chart-frame.js';
import { escapeHtml as escape } from './escape.js';
import { count, figure } from './format.js';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around y, drawn as a band. */
  readonly interval?: readonly [low: number, high: number];
}

export interface ChartSeries {
  readonly name: string;
  /** Which of the page's series colors: 0 is the baseline's. */
  readonly color: number;
  readonly points: readonly ChartPoint[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** A horizontal line to read the curves against, drawn where it is within the range. */
  readonly floor?: { readonly value: number; readonly label: string };
  /** Smallest and greatest y of all panels of a row, so that they can be compared. */
  readonly yDomain?: readonly [number, number];
  /** Dots on the points: for measured values, not for a dense trace. @defaultValue true */
  readonly dots?: boolean;
  /** Where it stands in a larger drawing. */
  readonly place?: Place;
}

/**
 * A line chart as an SVG element: logarithmic y, linear x. Colors come from the page's CSS variables, so that it is
 * legible in light and dark; each dot tells its numbers on hovering. Empty if there is nothing to draw.
 */
export function lineChart(options: ChartOptions): string {
  const { title, xLabel, yLabel, floor, dots = true } = options;
  const series = options.series.map((one) => ({
    ...one,
    points: one.points.filter(({ x, y }) => Number.isFinite(x) && y > 0 && Number.isFinite(y)),
  }));
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return '';
  const yDomain = options.yDomain ?? domain(points.map(({ y }) => y));
  const scales: Scales = {
    x: scaleLinear([0, Math.max(...points.map(({ x }) => x))], [CHART.left, CHART.right]),
    y: scaleLog(yDomain, [CHART.bottom, CHART.top]).clamp(true),
  };
  const last = series.map((one) => figure(one.points.at(-1)?.y ?? NaN));
  const label = `${yLabel}, ${title}: ${series.map(({ name }, i) => `${name} ${last[i]}`).join(', ')} at the end`;
  return frame(
    { title, xLabel, label, scales, ...(floor && { floor }), ...(options.place && { place: options.place }) },
    [...series.map((one) => drawn(one, scales, dots, xLabel)), ...ends(series, scales)],
  );
}

function drawn(
  { name, color, points }: ChartSeries,
  { x, y }: Scales,
  dots: boolean,
  xLabel: string,
): string {
  const path = line<ChartPoint>(
    (point) => round(x(point.x)),
    (point) => round(y(point.y)),
  );
  const band = area<ChartPoint>(
    (point) => round(x(point.x)),
    (point) => round(y(point.interval?.[0] ?? point.y)),
    (point) => round(y(point.interval?.[1] ?? point.y)),
  );
  const dot = (point: ChartPoint) =>
    `<circle class="dot" cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="3"><title>` +
    `${escape(name)}: ${figure(point.y)} at ${count(point.x)} ${escape(xLabel)}</title></circle>`;
  const banded = points.some(({ interval }) => interval !== undefined);
  return (
    `<g class="series s${color}">` +
    `${banded ? `<path class="band" d="${band([...points]) ?? ''}"/>` : ''}` +
    `<path class="line" d="${path([...points]) ?? ''}"/>${dots ? points.map(dot).join('') : ''}</g>`
  );
}

/** The last value of each line at its end, moved apart where they would overlap. */
function ends(series: readonly ChartSeries[], { x, y }: Scales): string[] {
  const apart = 12;
  const marks = series.flatMap(({ color, points }) => {
    const end = points.at(-1);
    return end ? [{ color, end, at: y(end.y) }] : [];
  });
  marks.sort((a, b) => a.at - b.at);
  let above = -Infinity;
  return marks.map(({ color, end, at }) => {
    above = Math.max(at, above + apart);
    return `<text class="end s${color}" x="${round(x(end.x) + 7)}" y="${round(above + 4)}">${figure(end.y)}</text>`;
  });
}

/** From a bit under the least to a bit over the greatest, at least a factor of 1.5 apart. */
export function domain(values: readonly number[]): [number, number] {
  const finite = values.filter((value) => value > 0 && Number.isFinite(value));
  if (finite.length === 0) return [1, 10];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const widen = Math.max(1.06, Math.sqrt(1.5 / (high / low)));
  return [low / widen, high * widen];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
