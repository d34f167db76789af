import { expect, test } from 'vitest';
import { createProgress } from './progress.js';

const state = { step: 12, rate: 3.25, remaining: 100, losses: [0.5, 0.25], activity: 'training' };
const line = 'step 12 of 1,500  training  3.3 steps/s  1 min 40 s left  loss 0.5000 | 0.2500';

test('where nobody watches, lines come at most every ten seconds', () => {
  let now = 0;
  const lines: string[] = [];
  const log = (text: string) => void lines.push(text);
  const progress = createProgress(1500, { log, error: log }, () => now);
  for (now = 0; now <= 25; now += 0.5) progress.update(state);
  expect(lines).toEqual([line, line]);
  progress.log('evaluated');
  progress.stop();
  expect(lines).toEqual([line, line, 'evaluated']);
});

test('where somebody watches, one line is rewritten, and goes away at the end', () => {
  let now = 0;
  const [lines, shown]: [string[], string[]] = [[], []];
  const log = (text: string) => void lines.push(text);
  const terminal = { log, error: log, status: (text: string) => void shown.push(text) };
  const progress = createProgress(1500, terminal, () => now);
  for (now = 0; now < 0.25; now += 0.0625) progress.update(state);
  progress.log('evaluated');
  progress.stop();
  expect(lines).toEqual(['evaluated']);
  expect(shown).toEqual([line, line, '']);
});

test('what is not known yet is not shown', () => {
  let now = 0;
  const lines: string[] = [];
  const log = (text: string) => void lines.push(text);
  const progress = createProgress(10, { log, error: log }, () => now);
  now = 20;
  progress.update({ ...state, rate: NaN, remaining: NaN, losses: [NaN, NaN] });
  expect(lines).toEqual(['step 12 of 10  training']);
});
