import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeHtml as escape } from './escape.js';
import { count, figure, tick as tickText } from './format.js';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
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
  /** A horizontal line to read the curves against. */
  readonly floor?: { readonly value: number; readonly label: string };
  /** Smallest and greatest y of all panels of a row, so that they can be compared. */
  readonly yDomain?: readonly [number, number];
  /** Dots on the points: for measured values, not for a dense trace. @defaultValue true */
  readonly dots?: boolean;
}

const WIDTH = 380;
const HEIGHT = 260;
const MARGIN = { top: 30, right: 40, bottom: 40, left: 44 };

/**
 * A line chart as an SVG element: logarithmic y, linear x. Colors come from the page's CSS variables, so that it is
 * legible in light and dark; each dot tells its numbers on hovering.
 */
export function lineChart(options: ChartOptions): string {
  const { title, xLabel, yLabel, floor, dots = true } = options;
  const series = options.series.map((one) => ({
    ...one,
    points: one.points.filter(({ x, y }) => Number.isFinite(x) && y > 0 && Number.isFinite(y)),
  }));
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return '';
  const [low, high] = options.yDomain ?? domain(points.map(({ y }) => y));
  const x = scaleLinear(
    [0, Math.max(...points.map((point) => point.x))],
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const y = scaleLog([low, high], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const path = line<ChartPoint>(
    (point) => round(x(point.x)),
    (point) => round(y(point.y)),
  );

  const parts = [
    `<text class="chart-title" x="0" y="12">${escape(title)}</text>`,
    ...logTicks(low, high).map((tick) => {
      const at = round(y(tick));
      return (
        `<line class="rule" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
        `<text class="tick" x="${MARGIN.left - 7}" y="${at + 3.5}" text-anchor="end">${tickText(tick)}</text>`
      );
    }),
    ...x.ticks(5).map((tick) => {
      const at = round(x(tick));
      return `<text class="tick" x="${at}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${tickText(tick)}</text>`;
    }),
    `<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${HEIGHT - MARGIN.bottom}" y2="${HEIGHT - MARGIN.bottom}"/>`,
    `<text class="label" x="${WIDTH - MARGIN.right}" y="${HEIGHT - 4}" text-anchor="end">${escape(xLabel)}</text>`,
  ];
  if (floor !== undefined && floor.value >= low && floor.value <= high) {
    const at = round(y(floor.value));
    parts.push(
      `<line class="floor" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
        `<text class="label" x="${MARGIN.left + 4}" y="${at - 4}">${escape(floor.label)}</text>`,
    );
  }
  const ends = endLabels(series.map((one) => y(one.points.at(-1)?.y ?? low)));
  for (const [i, one] of series.entries()) {
    const dot = ({ x: px, y: py }: ChartPoint) =>
      `<circle class="dot" cx="${round(x(px))}" cy="${round(y(py))}" r="3"><title>` +
      `${escape(one.name)}: ${figure(py)} at ${count(px)} ${escape(xLabel)}</title></circle>`;
    parts.push(
      `<g class="series s${one.color}"><path d="${path([...one.points]) ?? ''}"/>` +
        `${dots ? one.points.map(dot).join('') : ''}</g>`,
    );
    const end = one.points.at(-1);
    if (end !== undefined) {
      parts.push(
        `<text class="end s${one.color}" x="${round(x(end.x)) + 7}" y="${round((ends[i] as number) + 4)}">` +
          `${figure(end.y)}</text>`,
      );
    }
  }
  const label = `${yLabel}, ${title}: ${series.map((one) => `${one.name} ${figure(one.points.at(-1)?.y ?? NaN)}`).join(', ')} at the end`;
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(label)}">${parts.join('')}</svg>`;
}

/** From a bit under the least to a bit over the greatest, at least a factor of 1.5 apart. */
export function domain(values: readonly number[]): [number, number] {
  const finite = values.filter((value) => value > 0 && Number.isFinite(value));
  if (finite.length === 0) return [1, 10];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const widen = Math.max(1.06, Math.sqrt(1.5 / (high / low)));
  return [low / widen, high * widen];
}

/** The lines' ends, moved apart where their numbers would overlap. */
function endLabels(ends: readonly number[]): number[] {
  const apart = 12;
  const placed = [...ends];
  const order = [...ends.keys()].sort((a, b) => (ends[a] as number) - (ends[b] as number));
  order.slice(1).forEach((index, i) => {
    const above = placed[order[i] as number] as number;
    placed[index] = Math.max(placed[index] as number, above + apart);
  });
  return placed;
}

/** 1, 2, 5 times powers of ten within the range; finer where that gives fewer than three. */
function logTicks(low: number, high: number): number[] {
  const exponents = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  for (const digits of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], range(10, 99).map((d) => d / 10)]) {
    const ticks = exponents
      .flatMap((exponent) => digits.map((digit) => Number((digit * 10 ** exponent).toPrecision(3))))
      .filter((tick) => tick >= low && tick <= high);
    if (ticks.length >= 4) return thin(ticks);
  }
  return [low, high];
}

function thin(ticks: number[]): number[] {
  const every = Math.ceil(ticks.length / 8);
  return ticks.filter((_, i) => i % every === 0);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
