import { join } from 'node:path';
import { mergeSummaries } from '../report/results.js';
import { resultsMarkdown } from '../report/results-markdown.js';
import { resultsSvg } from '../report/results-svg.js';
import type { Summary } from '../report/summary.js';
import { runFolder, shortPath } from '../run/folder.js';
import { readSummary } from '../run/session.js';
import { UsageError } from '../usage-error.js';
import { type Command, text } from './command.js';

export const summarize: Command = {
  name: 'summarize',
  description: 'Merge runs of one config with several seeds into results with intervals',
  flags: {
    out: { type: 'string', valueHint: 'DIR', description: 'Where to (experiments/results/CONFIG)' },
  },
  rest: { name: 'RUN…', description: 'Folders of finished runs' },
  async run(given) {
    if (given.rest.length === 0) {
      throw new UsageError('summarize: at least one run must be given, got none; name the folders of runs');
    }
    const results = mergeSummaries(given.rest.map(summaryOf));
    const out = runFolder(text(given, 'out') ?? join('experiments', 'results', results.config.name));
    const markdown = resultsMarkdown(results);
    try {
      out.write('results.json', `${JSON.stringify(results, null, 2)}\n`);
      out.write('curves.svg', resultsSvg(results));
      out.write('README.md', markdown);
    } catch (cause) {
      throw new UsageError(
        `--out must be a folder that can be written, got ${out.path}: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
    console.log(markdown);
    console.log(`written to ${shortPath(out.path)}`);
    return 0;
  },
};

function summaryOf(path: string): Summary {
  const summary = readSummary(runFolder(path));
  if (summary === undefined)
    throw new UsageError(`summarize: ${path} must hold a summary.json, got none there`);
  return summary;
}
