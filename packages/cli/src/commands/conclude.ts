import { type Terminal, wrap } from '@immiscible/command-line';
import type { Summary } from '../report/summary.js';
import { resultLines } from '../report/table.js';
import { verdict } from '../report/verdict.js';
import type { RunFolder } from '../run/folder.js';
import { shortPath } from '../run/paths.js';

/** Of paragraphs. */
const WIDTH = 96;

/** Tells what came out, and where it is. @returns the exit code */
export function conclude(summary: Summary, folder: RunFolder, { log, error }: Terminal): number {
  if (summary.twins.some(({ curve }) => curve.length > 0)) {
    log(`\n${resultLines(summary).join('\n')}`);
  }
  for (const { finding, caveat } of verdict(summary)) {
    log(['', ...wrap(finding, WIDTH), ...(caveat === '' ? [] : wrap(caveat, WIDTH))].join('\n'));
  }
  log(`\nreport    ${folder.url('report.html')}`);
  log(`folder    ${shortPath(folder.path)}`);
  if (summary.status === 'finished') return 0;
  for (const { name, checkpoint } of summary.twins) {
    if (checkpoint !== undefined) log(`weights   ${name}: ${shortPath(folder.file(checkpoint))}`);
  }
  if (summary.status === 'interrupted') {
    log(`go on     --resume ${shortPath(folder.path)}`);
    return 130;
  }
  error(`\n${summary.error}`);
  if (summary.twins.some(({ checkpoint }) => checkpoint !== undefined)) {
    log(`go on     --resume ${shortPath(folder.path)}, once the cause is mended`);
  }
  return 1;
}
