import { type Batch, createRng } from '@immiscible/core';
import { describe, expect, test } from 'vitest';
import { gaussianBatch, row } from '@immiscible/testing/host';
import { rollingAssignment } from './rolling-assignment.js';
import { rollAssignment, type RollingPool } from './rolling-pool.js';
import { slice } from './rows.js';

describe('rollingAssignment', () => {
  const whole = gaussianBatch(createRng(0), { count: 60, shape: [4, 1, 1], classes: 2 });

  test('deals out what leaves the rolling pool call by call, and at last what waits', async () => {
    const { noise } = await rollingAssignment({ size: 24, arrivals: 8, pool: 60 })(whole, createRng(0));
    let pool: RollingPool | undefined;
    const leaving: Batch[] = [];
    for (let from = 0; from < 60; from += 8) {
      const to = Math.min(60, from + 8);
      const part = { x0: slice(whole.x0, from, to), noise: slice(whole.noise, from, to) };
      const rolled = rollAssignment(pool, part, { size: 24 });
      pool = rolled.pool;
      leaving.push(rolled.batch);
    }
    leaving.push((pool as RollingPool).batch);
    const rows = leaving.flatMap((batch) =>
      Array.from({ length: batch.x0.shape[0] as number }, (_, i) => row(batch.noise, i)),
    );
    expect(Array.from({ length: 60 }, (_, i) => row(noise, i))).toEqual(rows);
  });

  test('refuses sizes that don’t fit each other', () => {
    expect(() => rollingAssignment({ size: 8, arrivals: 9, pool: 16 })).toThrow(
      'rollingAssignment: arrivals must be at most size (8), got 9',
    );
    expect(() => rollingAssignment({ size: 8, arrivals: 4, pool: 7 })).toThrow(
      'rollingAssignment: pool must be at least size (8), got 7',
    );
    expect(() => rollingAssignment({ size: 8, arrivals: 0, pool: 8 })).toThrow('arrivals must be an integer');
  });
});
