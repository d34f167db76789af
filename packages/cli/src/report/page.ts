import { duration } from '@immiscible/command-line';
import { curveAt } from './compare-curves.js';
import { domain, lineChart } from './chart.js';
import { escapeHtml as escape } from './escape.js';
import { count, figure, list, percent, samplingSteps as samplingStepsText, times } from './format.js';
import { STYLE } from './style.js';
import type { CurvePoint, Summary, TwinSummary } from './summary.js';
import { verdict } from './verdict.js';

/** PNG files by their name in the run's folder; the report carries them inside. */
export type Pictures = ReadonlyMap<string, Uint8Array>;

/** Where the grid of real images is, beside the twins' own. */
export const REAL_IMAGES = 'samples/real.png';

/**
 * The report as one HTML file: nothing outside it is needed to show it.
 *
 * @param pictures - of `twin.grids` and {@link REAL_IMAGES}; those that are missing are left out
 */
export function reportPage(summary: Summary, pictures: Pictures): string {
  const { config } = summary;
  const legend = `<div class="legend">${summary.twins.map((twin, i) => key(twin.name, i)).join('')}</div>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(config.title)} · seed ${summary.seed}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escape(config.title)}</h1>
<p class="meta">${escape(metaLine(summary))}</p>
</header>
<section class="verdict${summary.status === 'failed' ? ' failed' : ''}">
${verdict(summary)
  .map(
    ({ finding, caveat }) => `<p class="finding">${escape(finding)}</p><p class="note">${escape(caveat)}</p>`,
  )
  .join('\n')}
</section>
<section>
${resultTable(summary)}
</section>
${chartSection(summary, legend)}
${sampleSection(summary, pictures)}
<section>
<h2>The price and what it buys</h2>
<p class="note">${escape(couplingNote(summary))} Its time counts in the seconds above.</p>
${couplingTable(summary)}
</section>
${lossSection(summary, legend)}
<section>
<h2>How it was measured</h2>
${facts(summary)}
<h3>Again</h3>
<pre>${escape(summary.command)}</pre>
<details><summary>Config</summary><pre>${escape(JSON.stringify(config, null, 2))}</pre></details>
</section>
</body>
</html>
`;
}

function key(name: string, color: number): string {
  return `<span class="key c${color % 5}"><span>${escape(name)}</span></span>`;
}

function metaLine({ startedAt, wallSeconds, engine, seed, config, status }: Summary): string {
  const date = startedAt.slice(0, 16).replace('T', ' ');
  const state = status === 'finished' ? '' : `${status} · `;
  return (
    `${state}${config.name} · seed ${seed} · ${count(config.steps)} steps of batch ${config.batchSize} · ` +
    `${engine.name} ${engine.version} · ${duration(wallSeconds)} · ${date} UTC`
  );
}

function lastPoint(twin: TwinSummary, samplingSteps: number): CurvePoint | undefined {
  return curveAt(twin, samplingSteps).at(-1);
}

function resultTable({ twins, comparisons, evaluation }: Summary): string {
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

function chartSection({ twins, evaluation }: Summary, legend: string): string {
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

function sampleSection({ twins, evaluation }: Summary, pictures: Pictures): string {
  const real = picture(pictures, REAL_IMAGES);
  const blocks = evaluation.samplingSteps.flatMap((samplingSteps) => {
    const figures = twins.flatMap((twin, i) => {
      const grid = twin.grids.filter((one) => one.samplingSteps === samplingSteps).at(-1);
      const source = grid && picture(pictures, grid.file);
      return grid && source
        ? [pictureFigure(source, `${key(twin.name, i)} after ${count(grid.step)} training steps`, twin.name)]
        : [];
    });
    return figures.length === 0 ? [] : [{ samplingSteps, figures }];
  });
  if (blocks.length === 0) return '';
  if (real)
    blocks[0]?.figures.push(pictureFigure(real, 'for comparison: images of the data set', 'real images'));
  return `<section>
<h2>Samples</h2>
<p class="note">Image for image from the same noise, the first of those that the distance is taken of; none is
picked.</p>
${blocks
  .map(
    ({ samplingSteps, figures }) =>
      `<h3>${samplingStepsText(samplingSteps)}</h3><div class="grids">${figures.join('')}</div>`,
  )
  .join('\n')}
</section>`;
}

function picture(pictures: Pictures, file: string): string | undefined {
  const bytes = pictures.get(file);
  return bytes && `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
}

function pictureFigure(source: string, caption: string, alt: string): string {
  return `<figure><img src="${source}" alt="${escape(alt)}"><figcaption>${caption}</figcaption></figure>`;
}

/** What the couplings do to noise: an assignment keeps all draws, the nearest of several doesn't. */
function couplingNote({ twins }: Summary): string {
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

function couplingTable({ twins }: Summary): string {
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

function lossSection({ twins }: Summary, legend: string): string {
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

function facts(summary: Summary): string {
  const { evaluation, config, engine, machine, git } = summary;
  const sampler = summary.twins.flatMap(({ curve }) => curve.map((point) => point.sampler))[0] ?? '–';
  const entries: [string, string][] = [
    [
      'Metric',
      `${evaluation.metric}: Fréchet distance on the features of ${evaluation.extractor}; not comparable with FID`,
    ],
    ['Samples', `${count(evaluation.n)} at ${list(evaluation.samplingSteps)} steps of ${sampler}`],
    [
      'Reference',
      `${count(evaluation.referenceImages)} images of the data set; ${count(evaluation.floorN ?? evaluation.n)} real ones ` +
        `have a distance of ${figure(evaluation.floor)} from the others`,
    ],
    [
      'Noise',
      'change ± two standard errors of the ratio: grouped jackknife over the samples, the same groups left out in ' +
        'both twins; what another seed would change is not in it',
    ],
    ['Seed', `${summary.seed}: data order, noise, timesteps and first weights are the same for every twin`],
    ['Weights', `${count(summary.parameters)}`],
    ['Engine', `${engine.name} ${engine.version} (${engine.reason})`],
    ['Machine', `${machine.cores} × ${machine.cpu}, Node ${machine.node}`],
    ['Code', git ? `${git.commit}${git.dirty ? ', with uncommitted changes' : ''}` : 'not a git checkout'],
    ['Config', config.name],
  ];
  return `<dl class="facts">${entries.map(([term, text]) => `<dt>${term}</dt><dd>${escape(text)}</dd>`).join('')}</dl>`;
}
