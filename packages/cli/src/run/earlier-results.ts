import { rmSync } from 'node:fs';
import type { RunFolder } from './folder.js';
import type { Recovered } from './recover.js';
import { STATS } from './stats.js';

/** Copies of results that show more than what is written next. */
export interface EarlierResults {
  readonly files: readonly string[];
  /** After a run has come to its end again: copies that show no more than its results now go. */
  caughtUp(): void;
}

/** Keeps the results in a run's folder under other names, where what is written next would show less. */
export function keepEarlier(
  folder: RunFolder,
  { shows, earlier }: Pick<Recovered, 'shows' | 'earlier'>,
): EarlierResults {
  if (shows === 'no more') return { files: [], caughtUp: () => undefined };
  const step = Math.max(0, ...(earlier?.twins ?? []).map(({ steps }) => steps));
  const files = ['summary.json', 'report.html', STATS].flatMap((name) => {
    const content = folder.read(name);
    if (content === undefined) return [];
    const kept = freeName(folder, name, step);
    folder.write(kept, content);
    return [kept];
  });
  return {
    files,
    caughtUp() {
      if (shows === 'behind') for (const name of files) rmSync(folder.file(name), { force: true });
    },
  };
}

/** `report-to-step-600.html`, or with a number where that is taken. */
function freeName(folder: RunFolder, name: string, step: number): string {
  const [stem, extension] = name.split('.') as [string, string];
  for (let i = 1; ; i++) {
    const free = `${stem}-to-step-${step}${i === 1 ? '' : `-${i}`}.${extension}`;
    if (folder.read(free) === undefined) return free;
  }
}
