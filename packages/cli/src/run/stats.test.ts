import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from './folder.js';
import { appendStat, readStats, secondsAt, type Stat, writeStats } from './stats.js';

function step(twin: string, at: number): Stat {
  const distance = { before: 1, after: 1 };
  return {
    kind: 'step',
    twin,
    step: at,
    loss: 1,
    gradientNorm: 1,
    distance,
    seconds: 3 * at,
    couplingSeconds: 0,
    couplingAheadSeconds: 0,
  };
}

const newFolder = () => runFolder(mkdtempSync(join(tmpdir(), 'stats-')));

test('what is logged is read again; a line that was cut short is left out', () => {
  const folder = newFolder();
  expect(readStats(folder)).toEqual({ stats: [], damaged: 0 });
  appendStat(folder, step('a', 1));
  appendStat(folder, step('b', 1));
  writeFileSync(folder.file('stats.jsonl'), '{"kind":"step","tw', { flag: 'a' });
  expect(readStats(folder)).toEqual({ stats: [step('a', 1), step('b', 1)], damaged: 0 });
});

test.each(['null', '3', '[]', '{}', '{"kind":"step","tw', '{"kind":"step","twin":"a","step":"1"}', '\0\0'])(
  'the line %j is counted as damaged, and the others are read',
  (line) => {
    const folder = newFolder();
    appendStat(folder, step('a', 1));
    writeFileSync(folder.file('stats.jsonl'), `${line}\n`, { flag: 'a' });
    appendStat(folder, step('a', 2));
    expect(readStats(folder)).toEqual({ stats: [step('a', 1), step('a', 2)], damaged: 1 });
  },
);

test('what is written anew is what is read', () => {
  const folder = newFolder();
  appendStat(folder, step('a', 9));
  writeStats(folder, [step('a', 1), step('b', 1)]);
  expect(readStats(folder).stats).toEqual([step('a', 1), step('b', 1)]);
});

test("a twin's clock is read at the step that it goes on from", () => {
  const stats = [step('a', 1), step('b', 2), step('a', 2), step('a', 3)];
  expect(secondsAt(stats, 'a', 2)).toBe(6);
  expect(secondsAt(stats, 'a', 4)).toBeUndefined();
});
