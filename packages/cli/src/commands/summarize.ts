import { join } from 'node:path';
import { type Command, defineCommand, UsageError } from '@immiscible/command-line';
import { parseSummary } from '../report/read-summary.js';
import { mergeSummaries } from '../report/results.js';
import { resultsMarkdown } from '../report/results-markdown.js';
import { resultsSvg } from '../report/results-svg.js';
import type { Summary } from '../report/summary.js';
import { runFolder, stamp } from '../run/folder.js';
import { linked, RUNS } from '../run/latest.js';
import { shortPath } from '../run/paths.js';
import { outputFolder, replaceFlag } from './output.js';

export const summarize: Command = defineCommand({
  name: 'summarize',
  about: 'Merge runs of one config with several seeds into results with intervals',
  flags: {
    out: { kind: 'text', hint: 'DIR', about: 'where to; runs/CONFIG-results-TIME, if not given' },
    ...replaceFlag,
  },
  words: { run: { many: true, about: 'folders of finished runs' } },
  run: async ({ flags, words }, terminal) => {
    const results = mergeSummaries(words.run.map(summaryOf));
    const own = `${results.config.name}-results-${stamp(new Date())}`;
    const out = outputFolder(
      flags.out ?? join(RUNS, own),
      ['results.json', 'curves.svg', 'README.md'],
      flags,
    );
    const markdown = resultsMarkdown(results);
    out.write('results.json', `${JSON.stringify(results, null, 2)}\n`);
    out.write('curves.svg', resultsSvg(results));
    out.write('README.md', markdown);
    terminal.log(markdown);
    terminal.log(`written to ${shortPath(out.path)}`);
  },
});

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
