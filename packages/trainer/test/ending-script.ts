// What host-worker.test.ts starts as a process of its own: something goes wrong, is caught, and nobody closes the thread.
import '@tensorflow/tfjs';
import { type CheckpointStore, eager, memoryStore, train } from '@immiscible/trainer';
import { hostWorker } from '@immiscible/trainer/worker';
import { options } from './tiny.js';

const full = () => Promise.reject(new Error('the disk is full'));
const failing = (store: Partial<CheckpointStore>) => ({
  checkpoint: { every: 2, store: { ...memoryStore(), ...store } },
});
const ways: Record<string, () => object> = {
  'a refused option': () => ({ stepz: 3 }),
  'a store that can’t be written to': () => failing({ prepare: full }),
  'a store that fails later': () => failing({ save: full }),
  'a failing objective': () => ({
    objective: {
      ...options.objective,
      loss: () => {
        throw new Error('no loss');
      },
    },
  }),
  'a failing host side': () => ({ failing: 3 }),
  'a consumer that leaves': () => ({}),
  'a consumer that leaves at once': () => ({}),
  'a consumer that throws': () => ({}),
  'a consumer that stops asking': () => ({}),
  'a run that never began': () => ({}),
};

const way = process.argv[2] as string;
const { failing: step, ...change } = (ways[way] as () => { failing?: number })();
const host = hostWorker(new URL('host.mjs', import.meta.url), { failing: step });
try {
  const run = train({ ...options, host: host.step, compile: eager, steps: 1_000_000, ...change });
  if (way === 'a consumer that stops asking') await run.next().then(() => run.next());
  else if (way !== 'a run that never began') {
    for await (const event of run) {
      if (way === 'a consumer that leaves at once' || (event.step === 3 && way === 'a consumer that leaves'))
        break;
      if (event.step === 3 && way === 'a consumer that throws') throw new Error('of the consumer');
    }
  }
  console.log('left');
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 3;
}
