import { duration } from '@immiscible/command-line';
import { curveAt } from './compare-curves.js';
import { escapeHtml as escape } from './escape.js';
import { count, figure, percent, samplingSteps as samplingStepsText, times } from './format.js';
import type { CurvePoint, Summary, TwinSummary } from './summary.js';

/** A twin's name beside its color. */
export function key(name: string, color: number): string {
  return `<span class="key c${color % 5}"><span>${escape(name)}</span></span>`;
}

/** The last distances of all twins, and what each changes against the first. */
export function resultTable({ twins, comparisons, evaluation }: Summary): string {
  const columns = evaluation.samplingSteps;
  const row = (twin: TwinSummary, i: number) => {
    const values = columns.map((steps) => {
      const point = lastPoint(twin, steps);
      return `<td><strong>${point ? figure(point.value) : '–'}</strong></td>`;
    });
    return (
      `<tr><th scope="row">${key(twin.name, i)}</th>${values.join('')}<td>${count(twin.steps)}</td>` +
      `<td>${duration(twin.seconds)}</td></tr>`
    );
  };
  const compared = twins.slice(1).flatMap((twin) => {
    const of = (steps: number) =>
      comparisons.find((one) => one.other === twin.name && one.samplingSteps === steps);
    if (!columns.some((steps) => of(steps))) return [];
    const cells = (text: (one: NonNullable<ReturnType<typeof of>>) => string) =>
      columns
        .map((steps) => {
          const one = of(steps);
          return `<td>${one ? text(one) : '–'}</td>`;
        })
        .join('');
    const change = cells((one) => {
      const error = one.standardError === null ? '' : ` ± ${percent(2 * one.standardError)}`;
      return `${percent(Math.exp(one.logRatio) - 1)}${error}`;
    });
    const speed = cells((one) =>
      one.speedUp === null || one.reached === null
        ? 'not reached'
        : `${count(one.reached.step)} (${times(one.speedUp, one.reached.atFirst)})`,
    );
    const seconds = cells((one) =>
      one.speedUpSeconds === null || one.reached === null
        ? 'not reached'
        : `${duration(one.reached.seconds)} (${times(one.speedUpSeconds, one.reached.atFirst)})`,
    );
    const name = escape(twin.name);
    const baseline = escape(twins[0]?.name ?? '');
    return [
      `<tr class="compare"><th scope="row">${name}: change</th>${change}<td></td><td></td></tr>`,
      `<tr class="compare"><th scope="row">${name}: steps to the best of ${baseline}</th>${speed}<td></td><td></td></tr>`,
      `<tr class="compare"><th scope="row">${name}: time to it</th>${seconds}<td></td><td></td></tr>`,
    ];
  });
  return (
    `<div class="scroll"><table><thead><tr><th scope="col">${escape(evaluation.metric)} at</th>` +
    columns.map((steps) => `<th scope="col">${samplingStepsText(steps)}</th>`).join('') +
    `<th scope="col">training steps</th><th scope="col">training time</th></tr></thead><tbody>` +
    `${twins.map(row).join('')}${compared.join('')}</tbody></table></div>`
  );
}

function lastPoint(twin: TwinSummary, samplingSteps: number): CurvePoint | undefined {
  return curveAt(twin, samplingSteps).at(-1);
}

/** What the couplings do to noise: an assignment keeps all draws, the nearest of several doesn't. */
export function couplingNote({ twins }: Summary): string {
  const kinds = new Set(twins.map(({ coupling }) => coupling.kind));
  const chosen = kinds.delete('nearestNoise');
  kinds.delete('independent');
  const moved =
    'An assignment moves noise, never makes it: the same draws, given out so that images and noise lie closer together.';
  const drawn =
    'Nearest noise draws several for each image and keeps the nearest: noise as a whole is no longer exactly Gaussian.';
  if (chosen) return kinds.size > 0 ? `${moved} ${drawn}` : drawn;
  return kinds.size > 0 ? moved : 'Independent noise is left as it is drawn.';
}

/** What the coupling of each twin does and costs. */
export function couplingTable({ twins }: Summary): string {
  const rows = twins.map(
    (twin, i) =>
      `<tr><th scope="row">${key(twin.name, i)}</th><td>${figure(twin.distance.before)}</td>` +
      `<td>${figure(twin.distance.after)}</td><td><strong>${percent(twin.distanceDrop)}</strong></td>` +
      `<td><strong>${percent(twin.couplingShare)}</strong></td><td>${percent(twin.couplingAhead)}</td>` +
      `<td>${twin.steps > 0 ? `${figure((1000 * twin.seconds) / twin.steps)} ms` : '–'}</td></tr>`,
  );
  return (
    `<div class="scroll"><table><thead><tr><th scope="col">mean distance, image to noise</th>` +
    `<th scope="col">as drawn</th><th scope="col">as coupled</th><th scope="col">drop</th>` +
    `<th scope="col">coupling, share of the step</th>` +
    `<th scope="col">in a thread meanwhile</th><th scope="col">a step takes</th></tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}
