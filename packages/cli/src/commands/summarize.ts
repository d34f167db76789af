import { join } from 'node:path';
import { parseSummary } from '../report/read-summary.js';
import { mergeSummaries } from '../report/results.js';
import { resultsMarkdown } from '../report/results-markdown.js';
import { resultsSvg } from '../report/results-svg.js';
import type { Summary } from '../report/summary.js';
import { runFolder, stamp } from '../run/folder.js';
import { linked, RUNS } from '../run/latest.js';
import { shortPath } from '../run/paths.js';
import { say } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { type Command, text } from './command.js';
import { outputFolder, replaceFlag } from './output.js';

export const summarize: Command = {
  name: 'summarize',
  description: 'Merge runs of one config with several seeds into results with intervals',
  flags: {
    out: { type: 'string', valueHint: 'DIR', description: 'Where to (runs/CONFIG-results-TIME)' },
    ...replaceFlag,
  },
  rest: { name: 'RUN…', description: 'Folders of finished runs' },
  async run(given) {
    if (given.rest.length === 0) {
      throw new UsageError('summarize: at least one run must be given, got none; name the folders of runs');
    }
    const results = mergeSummaries(given.rest.map(summaryOf));
    const own = `${results.config.name}-results-${stamp(new Date())}`;
    const out = outputFolder(
      text(given, 'out') ?? join(RUNS, own),
      ['results.json', 'curves.svg', 'README.md'],
      given,
    );
    const markdown = resultsMarkdown(results);
    out.write('results.json', `${JSON.stringify(results, null, 2)}\n`);
    out.write('curves.svg', resultsSvg(results));
    out.write('README.md', markdown);
    say(markdown);
    say(`written to ${shortPath(out.path)}`);
    return 0;
  },
};

function summaryOf(path: string): Summary {
  const content = runFolder(linked(path)).read('summary.json');
  if (content === undefined) {
    throw new UsageError(`summarize: ${path} must hold a summary.json, got none there`);
  }
  try {
    return parseSummary(content.toString('utf8'));
  } catch (cause) {
    throw new UsageError(
      `summarize: ${path}/summary.json must be as a run has written it, got ${(cause as Error).message}`,
      { cause },
    );
  }
}
