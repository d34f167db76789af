import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from './folder.js';
import { lastSeconds, readStats, rewindStats, type Stat, statsLog } from './stats.js';

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

test('what is logged is read again; a line that was cut short is left out', () => {
  const folder = runFolder(mkdtempSync(join(tmpdir(), 'stats-')));
  expect(readStats(folder)).toEqual([]);
  const log = statsLog(folder);
  log.append(step('a', 1));
  log.append(step('b', 1));
  writeFileSync(folder.file('stats.jsonl'), '{"kind":"step","tw', { flag: 'a' });
  expect(readStats(folder)).toEqual([step('a', 1), step('b', 1)]);
});

test('going back to a checkpoint forgets what came after it, twin by twin', () => {
  const folder = runFolder(mkdtempSync(join(tmpdir(), 'stats-')));
  const log = statsLog(folder);
  for (const at of [1, 2, 3]) for (const twin of ['a', 'b']) log.append(step(twin, at));
  const kept = [step('a', 1), step('b', 1), step('a', 2)];
  expect(
    rewindStats(
      folder,
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    ),
  ).toEqual(kept);
  expect(readStats(folder)).toEqual(kept);
});

test("a twin's clock is read at the step that it goes on from", () => {
  const stats = [step('a', 1), step('b', 2), step('a', 2), step('a', 3)];
  expect(lastSeconds(stats, 'a', 2)).toBe(6);
  expect(lastSeconds(stats, 'a', 0)).toBe(0);
});
