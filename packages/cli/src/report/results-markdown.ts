import { duration } from '@immiscible/command-line';
import { count, figure, list, percent, samplingSteps as samplingStepsText, times } from './format.js';
import { codeMarkdown, escapeMarkdown as escape, fencedMarkdown } from './escape.js';
import type { Interval } from './t-interval.js';
import type { Results } from './results.js';

/** What the table says of each. */
const VERDICTS = {
  lower: 'lower',
  higher: 'higher',
  'equal within noise': 'no significant difference',
  unknown: 'one seed: not known',
} as const;

/** The results as a page of Markdown: table, figure, how they were made. */
export function resultsMarkdown(results: Results): string {
  const { config, seeds, metric, samplingSteps, twins, comparisons } = results;
  const last = config.steps;
  const rows: string[][] = [
    [
      `${escape(metric)} after ${count(last)} steps`,
      ...samplingSteps.map((steps) => samplingStepsText(steps)),
    ],
    ...twins.map(({ name, curve }) => [
      escape(name),
      ...samplingSteps.map((steps) => {
        const point = curve.find((one) => one.step === last && one.samplingSteps === steps);
        return point ? plusMinus(point.distance) : '–';
      }),
    ]),
  ];
  for (const { name } of twins.slice(1)) {
    const of = samplingSteps.map((steps) =>
      comparisons.find((one) => one.other === name && one.samplingSteps === steps),
    );
    rows.push([`${escape(name)}: change`, ...of.map((one) => (one ? ratio(one.logRatio) : '–'))]);
    rows.push([`${escape(name)}: verdict`, ...of.map((one) => VERDICTS[one?.verdict ?? 'unknown'])]);
    rows.push([
      `${escape(name)}: fewer steps to the best of ${escape(twins[0]?.name ?? '')}`,
      ...of.map((one) =>
        one ? one.speedUps.map((up) => (up === null ? 'never' : times(up))).join(', ') : '–',
      ),
    ]);
  }
  const price = twins.map(
    ({ name, seconds, couplingShare, distanceDrop }) =>
      `- ${escape(name)}: ${duration(seconds.mean)} of training, ${percent(couplingShare.mean)} of it for the coupling; mean ` +
      `image–noise distance ${percent(-distanceDrop.mean)}`,
  );
  return `# ${escape(config.title)}

${table(rows)}

Seeds ${list(seeds)}. Distances: mean ± half of the 95% t-interval over seeds. Change: mean and interval of the
logarithm of the ratio of two twins with one seed, turned back into percent. Steps: how many times fewer, one figure a
seed.

![${escape(metric)} against training steps](curves.svg)

${price.join('\n')}

${escape(metric)} is the Fréchet distance on the features of ${codeMarkdown(results.extractor)}, ${count(results.n)} samples against
${count(results.referenceImages)} images of the data set; ${count(results.floorN)} real images have ${figure(results.floor.mean)}. It
isn't FID and doesn't compare with one.

Made ${results.dates.join(', ')} with ${escape(results.engines.join('; '))} on ${escape(results.machines.join('; '))}, commit
${escape(results.commits.join(', '))}:

${fencedMarkdown('sh', results.commands)}
`;
}

function plusMinus({ mean, halfWidth }: Interval): string {
  return halfWidth === null ? figure(mean) : `${figure(mean)} ± ${figure(halfWidth)}`;
}

/** `−43% (−49% to −37%)` */
function ratio({ mean, halfWidth }: Interval): string {
  const change = (logRatio: number) => percent(Math.exp(logRatio) - 1);
  return halfWidth === null
    ? change(mean)
    : `${change(mean)} (${change(mean - halfWidth)} to ${change(mean + halfWidth)})`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
