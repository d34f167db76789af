import { type ScaleLinear, scaleLinear, type ScaleLogarithmic } from 'd3-scale';
import { escapeHtml as escape } from './escape.js';
import { tick as tickText } from './format.js';

/** Size of a chart and the edges of its plot, in its own units. */
export const CHART = { width: 380, height: 260, left: 44, right: 340, top: 30, bottom: 220 } as const;

export interface Scales {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLogarithmic<number, number>;
}

/** A corner in a larger drawing. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface FrameOptions {
  readonly title: string;
  readonly xLabel: string;
  /** For those who hear it. */
  readonly label: string;
  readonly scales: Scales;
  readonly floor?: { readonly value: number; readonly label: string };
  readonly place?: Place;
}

/** Title, axes and rules around what is drawn. */
export function frame(options: FrameOptions, content: readonly string[]): string {
  const { title, xLabel, label, scales, floor, place } = options;
  const { width, height, left, right, bottom } = CHART;
  const across = (className: string, at: number) =>
    `<line class="${className}" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/>`;
  const [low, high] = scales.y.domain() as [number, number];
  const parts = [
    `<text class="chart-title" x="0" y="12">${escape(title)}</text>`,
    ...logTicks(low, high).map((tick) => {
      const at = round(scales.y(tick));
      return (
        across('rule', at) +
        `<text class="tick" x="${left - 7}" y="${at + 3.5}" text-anchor="end">${tickText(tick)}</text>`
      );
    }),
    ...scales.x.ticks(5).map((tick) => {
      const at = round(scales.x(tick));
      return `<text class="tick" x="${at}" y="${bottom + 16}" text-anchor="middle">${tickText(tick)}</text>`;
    }),
    across('axis', bottom),
    `<text class="label" x="${right}" y="${height - 4}" text-anchor="end">${escape(xLabel)}</text>`,
  ];
  if (floor !== undefined && floor.value >= low && floor.value <= high) {
    const at = round(scales.y(floor.value));
    parts.push(
      across('floor', at) + `<text class="label" x="${left + 4}" y="${at - 4}">${escape(floor.label)}</text>`,
    );
  }
  const placed = place ? ` x="${place.x}" y="${place.y}" width="${width}" height="${height}"` : '';
  return (
    `<svg class="chart"${placed} viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(label)}">` +
    `${[...parts, ...content].join('')}</svg>`
  );
}

/** Round numbers within the range: powers of ten and simple multiples, or evenly spaced ones where it is narrow. */
function logTicks(low: number, high: number): number[] {
  const exponents = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  for (const digits of [[1], [1, 3], [1, 2, 5]]) {
    const ticks = exponents
      .flatMap((exponent) => digits.map((digit) => Number((digit * 10 ** exponent).toPrecision(3))))
      .filter((tick) => tick >= low && tick <= high);
    if (ticks.length >= 4) return thin(ticks);
  }
  return scaleLinear([low, high], [0, 1]).ticks(6);
}

/** At most eight of them. */
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
