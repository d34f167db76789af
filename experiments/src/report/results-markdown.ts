import {
  count,
  duration,
  figure,
  list,
  percent,
  samplingSteps as samplingStepsText,
  times,
} from './format.js';
import type { Interval } from './interval.js';
import type { Results } from './results.js';

/** The results as a page of Markdown: table, figure, how they were made. */
export function resultsMarkdown(results: Results): string {
  const { config, seeds, metric, samplingSteps, twins, comparisons } = results;
  const last = config.steps;
  const rows: string[][] = [
    [`${metric} after ${count(last)} steps`, ...samplingSteps.map((steps) => samplingStepsText(steps))],
    ...twins.map(({ name, curve }) => [
      name,
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
    rows.push([`${name}: change`, ...of.map((one) => (one ? ratio(one.logRatio) : '–'))]);
    rows.push([`${name}: verdict`, ...of.map((one) => one?.verdict ?? 'one seed: not known')]);
    rows.push([
      `${name}: fewer steps to the best of ${twins[0]?.name ?? ''}`,
      ...of.map((one) =>
        one ? one.speedUps.map((up) => (up === null ? 'never' : times(up))).join(', ') : '–',
      ),
    ]);
  }
  const price = twins.map(
    ({ name, seconds, couplingShare, distanceDrop }) =>
      `- ${name}: ${duration(seconds.mean)} of training, ${percent(couplingShare.mean)} of it for the coupling; mean ` +
      `image–noise distance ${percent(-distanceDrop.mean)}`,
  );
  return `# ${config.title}

${table(rows)}

Seeds ${list(seeds)}. Distances: mean ± half of the 95% t-interval over seeds. Change: mean and interval of the
logarithm of the ratio of two twins with one seed, turned back into percent. Steps: how many times fewer, one figure a
seed.

![${metric} against training steps](curves.svg)

${price.join('\n')}

${metric} is the Fréchet distance on the features of \`${results.extractor}\`, ${count(results.n)} samples against
${count(results.referenceImages)} images of the data set; ${count(results.n)} real images have ${figure(results.floor.mean)}. It
isn't FID and doesn't compare with one.

Made ${results.dates.join(', ')} with ${results.engines.join('; ')} on ${results.machines.join('; ')}, commit
${results.commits.join(', ')}:

\`\`\`sh
${results.commands.join('\n')}
\`\`\`
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
