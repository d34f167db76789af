import { expect, test } from 'vitest';
import { configs } from '../configs/index.js';
import type { Evaluator } from './evaluation.js';
import type { Parts } from './parts.js';
import type { Progress } from './progress.js';
import type { RunRecord } from './record.js';
import { remainingSeconds, trainTwins } from './train-twins.js';
import type { TwinRun } from './twin-run.js';

const config = { ...(configs['smoke'] as (typeof configs)[string]), steps: 10 };
const parts = { config: { ...config, evaluation: { ...config.evaluation, every: 4 } } } as Parts;
const distance = { before: 1, after: 1 };

/** A twin that only counts; `events` tells what was asked of all of them, in order. */
function counting(name: string, events: string[], onAdvance: (step: number) => void, start = 0): TwinRun {
  let step = start;
  return {
    twin: { name, coupling: { kind: 'independent' } },
    parameters: 1,
    checkpoint: undefined,
    get step() {
      return step;
    },
    get seconds() {
      return step;
    },
    async advance() {
      events.push(`${name}${++step}`);
      onAdvance(step);
      return {
        kind: 'step',
        twin: name,
        step,
        loss: 1,
        gradientNorm: 1,
        distance,
        seconds: step,
        couplingSeconds: 0,
        couplingAheadSeconds: 0,
      };
    },
    async settle(evaluate) {
      if (step % 4 === 0 || step === 10) await evaluate({}, step);
    },
    async end(use) {
      await use({}, step);
    },
    async dispose() {},
  };
}

/** Trains twins a and b; the user stops when a has done step `stopAt`. */
async function run(stopAt: number, startOfB = 0, secondsPerEvaluation = 0): Promise<{ events: string[] }> {
  const events: string[] = [];
  const interrupt = new AbortController();
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => events.push('stop'));
  const a = counting('a', events, (step) => step === stopAt && interrupt.abort());
  const b = counting('b', events, () => expect(stop.signal.aborted).toBe(false), startOfB);
  await trainTwins({
    parts,
    runs: [a, b],
    record: {
      stats: [],
      log: () => undefined,
      evaluation: (twin: string, step: number) => events.push(`evaluate ${twin}${step}`),
    } as unknown as RunRecord,
    evaluator: { metric: 'FD-x', evaluate: async () => [] } as unknown as Evaluator,
    costs: { step: new Map(), evaluation: secondsPerEvaluation },
    progress: { update: () => undefined, log: () => undefined, stop: () => undefined } satisfies Progress,
    signal: interrupt.signal,
    stop,
    onEvaluated: () => events.push('report'),
  });
  return { events };
}

test('the twins train in turn, and are evaluated at the same steps and after the last', async () => {
  const { events } = await run(-1);
  expect(events.slice(0, 4)).toEqual(['a1', 'b1', 'a2', 'b2']);
  expect(events.filter((event) => event.startsWith('evaluate'))).toEqual(
    [4, 8, 10].flatMap((step) => [`evaluate a${step}`, `evaluate b${step}`]),
  );
  expect(events.filter((event) => event === 'report')).toHaveLength(3);
});

test('when the user stops it between the two, the second does its step too, and both are evaluated there', async () => {
  const { events } = await run(2);
  expect(events).toEqual(['a1', 'b1', 'a2', 'b2', 'stop', 'evaluate a2', 'evaluate b2', 'report']);
});

test('an evaluation that takes long is not begun after a stop', async () => {
  const { events } = await run(2, 0, 1000);
  expect(events).toEqual(['a1', 'b1', 'a2', 'b2', 'stop']);
});

test('where one twin is ahead, the other catches up first', async () => {
  const { events } = await run(3, 2);
  expect(events.slice(0, 4)).toEqual(['a1', 'a2', 'a3', 'b3']);
});

test('what remains is steps and evaluations of each twin', () => {
  const twin = (name: string, step: number) => ({
    twin: { name, coupling: { kind: 'independent' as const } },
    step,
  });
  const costs = {
    step: new Map([
      ['a', 2],
      ['b', 3],
    ]),
    evaluation: 100,
  };
  // 10 steps, evaluations after 4, 8 and 10.
  expect(remainingSeconds(parts, [twin('a', 0), twin('b', 0)], costs, new Map())).toBe(20 + 30 + 600);
  // At step 8, a has been evaluated and b not yet.
  const evaluated = new Map([
    ['a', 8],
    ['b', 4],
  ]);
  expect(remainingSeconds(parts, [twin('a', 8), twin('b', 8)], costs, evaluated)).toBe(4 + 100 + 6 + 200);
  const done = new Map([
    ['a', 10],
    ['b', 10],
  ]);
  expect(remainingSeconds(parts, [twin('a', 10), twin('b', 10)], costs, done)).toBe(0);
});
