import { count, figure, list } from '../report/format.js';
import type { Interval } from '../report/t-interval.js';
import { type Judged, lastLogRatio, meanCurve, names, type ToyResults } from './toy-results.js';

/** The results as a page of Markdown: last distances, what couplings change, figures, how they were made. */
export function toyMarkdown(results: ToyResults): string {
  const { settings, seeds } = results;
  const sets = names(results, 'set');
  const chance = sets.map((set) => {
    const values = results.chance[set] ?? [];
    return `${set} ${figure(values.reduce((a, b) => a + b, 0) / values.length)}`;
  });
  return `# Points in the plane: where the coupling helps, and where not

Sliced Wasserstein distance (order 2) of ${count(settings.samples)} samples to as many fresh points of the set, after ${count(settings.steps)}
training steps of a perceptron (${settings.layers} × ${settings.width}) on batches of ${settings.batchSize}; lower is better. Sets are
centered, with standard deviation 0.5. Two draws of a set have: ${chance.join(', ')}.

Mean over seeds ${list(seeds)}, and the change against independent noise seed by seed: **bold** where its 95% interval excludes 0.

## Few sampling steps

${table(results, 'few')}

![Distance against training steps, few sampling steps](toy-2d-few.svg)

## Many sampling steps

${table(results, 'many')}

![Distance against training steps, many sampling steps](toy-2d-many.svg)

Linear assignment is over the batch, squared L2; nearest noise of 4. Made with ${results.engine} by

\`\`\`sh
${results.command}
\`\`\`
`;
}

function table(results: ToyResults, judged: Judged): string {
  const [sets, methods, couplings] = [
    names(results, 'set'),
    names(results, 'method'),
    names(results, 'coupling'),
  ];
  const [baseline = '', ...others] = couplings;
  const rows = methods.flatMap((method) =>
    sets.map((set) => {
      const last = (coupling: string): string =>
        figure(meanCurve(results, { set, method, coupling }, judged).at(-1)?.distance.mean ?? NaN);
      const steps = results.samplingSteps[method]?.[judged === 'few' ? 0 : 1] ?? NaN;
      return [
        `${method}, ${steps}`,
        set,
        last(baseline),
        ...others.map(
          (other) =>
            `${last(other)} (${change(lastLogRatio(results, { set, method, coupling: other, baseline }, judged))})`,
        ),
      ];
    }),
  );
  const head = ['method, sampling steps', 'set', ...couplings];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function change({ mean, halfWidth }: Interval): string {
  const percent = Math.round(100 * (Math.exp(mean) - 1));
  const text = `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)}%`;
  return halfWidth !== null && Math.abs(mean) > halfWidth ? `**${text}**` : text;
}
