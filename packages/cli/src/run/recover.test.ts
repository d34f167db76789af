import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { fileStore } from '@immiscible/trainer/node';
import { describe, expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { configHash } from './config-hash.js';
import { keepEarlier } from './earlier-results.js';
import { type RunFolder, runFolder } from './folder.js';
import { gridFile } from './grids.js';
import { recover } from './recover.js';
import { a, b, checkpoints, config, evaluation, runAt, save, summaryAt } from '../../test/recorded-run.js';

const startsOf = async (folder: RunFolder) =>
  [...(await recover(folder, config)).starts.values()].map((start) => start?.step);

describe('recover', () => {
  test('a run that was killed goes on from its last checkpoints, and nothing is said', async () => {
    const folder = await runAt(5);
    const found = await recover(folder, config);
    expect([...found.starts.values()].map((start) => start?.step)).toEqual([4, 4]);
    expect(Math.max(...found.stats.map(({ step }) => step))).toBe(4);
    expect(found.grids.get(a.name)?.map(({ step }) => step)).toEqual([2, 4]);
    expect(found.notes).toEqual([]);
  });

  test('of an evaluation that was reported before its checkpoint was written, the copies go once it is done again', async () => {
    const folder = await runAt(6);
    for (const twin of [a, b]) for (const path of checkpoints(folder, twin, '.json').slice(1)) rmSync(path);
    for (const twin of [a, b])
      for (const path of checkpoints(folder, twin, '.safetensors').slice(1)) rmSync(path);
    const found = await recover(folder, config);
    expect(found.shows).toBe('behind');
    const kept = keepEarlier(folder, found);
    expect(kept.files).toEqual(['summary-to-step-6.json', 'report-to-step-6.html', 'stats-to-step-6.jsonl']);
    expect(folder.read('report-to-step-6.html')?.toString()).toBe('report');
    expect(keepEarlier(folder, found).files[0]).toBe('summary-to-step-6-2.json');
    kept.caughtUp();
    expect(folder.read('report-to-step-6.html')).toBeUndefined();
    expect(folder.read('report-to-step-6-2.html')).toBeDefined();
  });

  test('a damaged newest checkpoint is told, with the step that is gone back to', async () => {
    const folder = await runAt(7);
    truncateSync(checkpoints(folder, a, '.safetensors')[1] as string, 10);
    const { notes, starts, shows } = await recover(folder, config);
    expect([...starts.values()].map((start) => start?.step)).toEqual([4, 6]);
    expect(notes[0]).toMatch(/independent: the checkpoint of step 6 is damaged and passed over: /);
    expect(notes[1]).toContain('it had come to step 7, its last whole checkpoint is of step 4');
    expect(shows).toBe('behind');
  });

  test.each<[string, (folder: RunFolder) => void]>([
    ['all checkpoints', (folder) => rmSync(folder.file('checkpoints', a.name), { recursive: true })],
    [
      'all checkpoints and the log',
      (folder) =>
        [folder.file('checkpoints'), folder.file('stats.jsonl')].forEach((path) =>
          rmSync(path, { recursive: true }),
        ),
    ],
    [
      'all checkpoints and the summary',
      (folder) =>
        [folder.file('checkpoints'), folder.file('summary.json')].forEach((path) =>
          rmSync(path, { recursive: true }),
        ),
    ],
  ])('without %s it is refused to begin anew over the results', async (_, lose) => {
    const folder = await runAt(5);
    lose(folder);
    await expect(recover(folder, config)).rejects.toThrow(UsageError);
    await expect(recover(folder, config)).rejects.toThrow(
      /independent must have a checkpoint in .*, got none though it has done \d steps; put them back, or to train from the beginning, in a new folder/,
    );
  });

  test('without the records of its checkpoints a run goes on from their weights', async () => {
    const folder = await runAt(5);
    for (const twin of [a, b]) for (const path of checkpoints(folder, twin, '.json')) rmSync(path);
    expect(await startsOf(folder)).toEqual([4, 4]);
  });

  test('where all checkpoints are damaged it is refused', async () => {
    const folder = await runAt(5);
    for (const path of checkpoints(folder, b, '.safetensors')) truncateSync(path, 10);
    await expect(recover(folder, config)).rejects.toThrow('immiscible has no intact checkpoint');
  });

  test('before the first checkpoint it begins at step 0, and says so', async () => {
    const { notes, stats } = await recover(await runAt(1), config);
    expect(notes).toEqual([
      'independent: no checkpoint yet; it begins at step 0',
      'immiscible: no checkpoint yet; it begins at step 0',
    ]);
    expect(stats).toEqual([]);
  });

  test.each(['', '{"format":1,', 'null', '{}'])('the summary %j blocks nothing', async (text) => {
    const folder = await runAt(5);
    writeFileSync(folder.file('summary.json'), text);
    const { notes, earlier } = await recover(folder, config);
    expect(await startsOf(folder)).toEqual([4, 4]);
    expect(earlier).toBeUndefined();
    expect(notes).toEqual([
      expect.stringMatching(/summary\.json is damaged \(.*\); it is made anew from stats\.jsonl/),
    ]);
  });

  test('damaged lines of the log block nothing; evaluations in them come from the summary, and a copy is kept', async () => {
    const folder = await runAt(4);
    const lines = (folder.read('stats.jsonl')?.toString() ?? '').split('\n');
    lines[4] = 'null';
    lines[2] = lines[2]?.slice(0, 20) ?? '';
    writeFileSync(folder.file('stats.jsonl'), lines.join('\n'));
    const found = await recover(folder, config);
    expect(found.notes).toEqual([
      'stats.jsonl: 2 damaged lines are left out, 1 of 8 steps are missing in what it says of losses and times; ' +
        '1 evaluations are taken from summary.json',
    ]);
    expect(found.stats).toContainEqual(evaluation(a.name, 2));
    expect(found.shows).toBe('lossy');
    const kept = keepEarlier(folder, found);
    kept.caughtUp();
    expect(folder.read('stats-to-step-4.jsonl')?.toString()).toBe(lines.join('\n'));
  });

  test('without the log the evaluations come from the summary', async () => {
    const folder = await runAt(4, 'interrupted');
    rmSync(folder.file('stats.jsonl'));
    const { stats, notes, shows } = await recover(folder, config);
    expect(stats).toEqual(
      [a, b].flatMap(({ name }) => [2, 4].map((at) => evaluation(name, at))).sort((x, y) => x.step - y.step),
    );
    expect(notes[0]).toContain('8 of 8 steps are missing');
    expect(shows).toBe('lossy');
  });

  test('a run that is over and has no results left is refused: its report would say less', async () => {
    const folder = await runAt(8, 'finished');
    for (const name of ['stats.jsonl', 'summary.json']) rmSync(folder.file(name));
    await expect(recover(folder, config)).rejects.toThrow(
      /its weights are whole: take distances again with evaluate --run/,
    );
  });

  test('checkpoints of the other twin are refused by its name, also where both have one coupling', async () => {
    const folder = await runAt(0);
    await save(folder, a, 2, b);
    await expect(recover(folder, config)).rejects.toThrow(
      /checkpoints.independent must hold checkpoints of independent, got those of immiscible; put the twins' folders back/,
    );
    const alike = { ...config, twins: [a, { ...a, name: 'again' }] };
    const other = runFolder(mkdtempSync(join(tmpdir(), 'recover-')));
    await save(other, a, 2, { ...a, name: 'again' });
    await expect(recover(other, alike)).rejects.toThrow('got those of again');
    // Of an older run that doesn't name its twin, the hash tells.
    const old = fileStore(other.file('checkpoints', a.name));
    const checkpoint = {
      step: 3,
      rng: createRng(0).state(),
      seconds: 1,
      config: configHash(config, a),
      arrays: {},
    };
    await old.save(checkpoint);
    expect((await recover(other, config)).starts.get(a.name)?.step).toBe(3);
    await old.save({ ...checkpoint, config: configHash(config, b) });
    await expect(recover(other, config)).rejects.toThrow('got those of immiscible');
  });

  test('checkpoints of another config are refused', async () => {
    const folder = await runAt(2);
    const changed = { ...config, dataset: { kind: 'fashion-mnist-10k', resolution: 8 } } as const;
    await expect(recover(folder, changed)).rejects.toThrow("put the run's own config.json back");
    expect(await startsOf(folder)).toEqual([2, 2]);
  });

  test('pictures are those of the folder under their own names, whatever the summary lists', async () => {
    const folder = await runAt(4);
    writeFileSync(join(folder.path, '..', 'secret.png'), 'secret');
    const summary = summaryAt(4, 'interrupted');
    const grids = [{ samplingSteps: 1, step: 4, file: '../secret.png' }];
    folder.write(
      'summary.json',
      JSON.stringify({ ...summary, twins: summary.twins.map((twin) => ({ ...twin, grids })) }),
    );
    mkdirSync(folder.file('samples', a.name, '1-steps', 'step-000003.png'));
    symlinkSync('/nowhere', folder.file('samples', a.name, '1-steps', 'step-000001.png'));
    const found = await recover(folder, config);
    for (const [twin, list] of found.grids) {
      for (const { file, step } of list) expect(file).toBe(gridFile(twin, 1, step));
    }
  });
});
