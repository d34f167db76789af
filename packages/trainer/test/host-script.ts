// What the threads of host-worker.test.ts run: the host side of the tiny problem.
import { serveHostSide } from '@immiscible/trainer/worker';
import { BATCH, options, reversing } from './tiny.js';

serveHostSide(({ pool, failing, absent }: { pool?: number; failing?: number; absent?: boolean }) => {
  if (absent) throw new RangeError('no such data set');
  return {
    ...options,
    transform: pool === undefined ? undefined : reversing(pool * BATCH),
    objective: {
      ...options.objective,
      prepare(batch, rng, step) {
        if (step === failing) throw new RangeError(`step ${step} must not fail, but does`);
        return options.objective.prepare(batch, rng, step);
      },
    },
  };
});
