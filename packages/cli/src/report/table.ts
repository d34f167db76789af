import { duration } from '@immiscible/command-line';
import { curveAt } from './compare-curves.js';
import { count, figure, percent, times } from './format.js';
import type { Summary } from './summary.js';

/** The run's result as lines for the terminal: one column a number of sampling steps. */
export function resultLines({ twins, comparisons, evaluation }: Summary): string[] {
  const columns = evaluation.samplingSteps;
  const rows: string[][] = [
    [
      evaluation.metric,
      ...columns.map((steps) => `${steps} steps`),
      'trained',
      'time',
      'coupling',
      'distance',
    ],
    ...twins.map((twin) => [
      twin.name,
      ...columns.map((steps) => figure(curveAt(twin, steps).at(-1)?.value ?? NaN)),
      count(twin.steps),
      duration(twin.seconds),
      percent(twin.couplingShare),
      percent(-twin.distanceDrop),
    ]),
  ];
  for (const twin of twins.slice(1)) {
    const of = columns.map((steps) =>
      comparisons.find((one) => one.other === twin.name && one.samplingSteps === steps),
    );
    if (!of.some(Boolean)) continue;
    rows.push(['  change', ...of.map((one) => (one ? percent(Math.exp(one.logRatio) - 1) : '–'))]);
    rows.push([
      '  speed-up in steps',
      ...of.map((one) => (one?.speedUp && one.reached ? times(one.speedUp, one.reached.atFirst) : '–')),
    ]);
  }
  return align(rows);
}

/** First column left, the others right. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => row[c]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number)))
      .join('   ')
      .trimEnd(),
  );
}
