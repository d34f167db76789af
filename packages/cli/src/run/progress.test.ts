import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { createProgress } from './progress.js';

afterEach(() => vi.restoreAllMocks());

const state = { step: 12, rate: 3.25, remaining: 100, losses: [0.5, 0.25], activity: 'training' };

function recorded(): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (data: Buffer) => (text += data.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

test('where there is no terminal, plain lines come at most every ten seconds', () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const { stream, text } = recorded();
  const progress = createProgress(1500, stream);
  for (now = 0; now <= 25_000; now += 100) progress.update(state);
  const line = 'step 12 of 1,500  training  3.3 steps/s  1 min 40 s left  loss 0.5000 | 0.2500\n';
  expect(text()).toBe(line + line);
  progress.log('evaluated');
  expect(text()).toBe(`${line}${line}evaluated\n`);
  progress.stop();
  // No control characters: it may be a file.
  expect([...text()].every((character) => character === '\n' || character >= ' ')).toBe(true);
});

test('what is not known yet is not shown', () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const { stream, text } = recorded();
  const progress = createProgress(10, stream);
  now = 20_000;
  progress.update({ ...state, rate: NaN, remaining: NaN, losses: [NaN, NaN] });
  expect(text()).toBe('step 12 of 10  training\n');
});
