import { duration } from '@immiscible/command-line';
import { escapeHtml as escape } from './escape.js';
import { count, figure, list, samplingSteps as samplingStepsText } from './format.js';
import { chartSection, lossSection } from './page-charts.js';
import { couplingNote, couplingTable, key, resultTable } from './page-tables.js';
import { STYLE } from './style.js';
import type { Summary } from './summary.js';
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

function metaLine({ startedAt, wallSeconds, engine, seed, config, status }: Summary): string {
  const date = startedAt.slice(0, 16).replace('T', ' ');
  const state = status === 'finished' ? '' : `${status} · `;
  return (
    `${state}${config.name} · seed ${seed} · ${count(config.steps)} steps of batch ${config.batchSize} · ` +
    `${engine.name} ${engine.version} · ${duration(wallSeconds)} · ${date} UTC`
  );
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

function facts(summary: Summary): string {
  const { evaluation, config, engine, machine, git } = summary;
  const sampler = summary.twins.flatMap(({ curve }) => curve.map((point) => point.sampler))[0] ?? '–';
  const entries: [string, string][] = [
    [
      'Metric',
      `${evaluation.metric}: Fréchet distance on the features of ${evaluation.extractor}; not comparable with published FIDs`,
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
