import { describe, expect, it } from 'vitest';
import type { Checkpoint, CheckpointStore, StoredCheckpoint } from '../checkpoint.js';
import { fileStore } from './file-store.js';
import { memoryStore } from '../memory-store.js';
import { bare, checkpoint, newFolder } from '../../test/checkpoints.js';

describe.each<[string, (keep?: number) => CheckpointStore]>([
  ['fileStore', (keep) => fileStore(newFolder(), keep === undefined ? {} : { keep })],
  ['memoryStore', (keep) => memoryStore(keep === undefined ? {} : { keep })],
])('%s', (name, create) => {
  it('gives back what was saved, bit for bit', async () => {
    const store = create();
    await store.save(checkpoint(12));
    expect(await bare(store)).toEqual(checkpoint(12));
    const { config: _, metadata: __, ...plain } = checkpoint(13);
    await store.save(plain);
    expect(await bare(store)).toEqual(plain);
  });

  it('says where what it gives is, which is no part of what is saved', async () => {
    const store = create();
    const path = await store.save(checkpoint(12));
    const found = (await store.latest()) as StoredCheckpoint;
    expect(found).toEqual({ ...checkpoint(12), path });
    const again = create();
    await again.save(found);
    expect(await bare(again)).toEqual(checkpoint(12));
  });

  it('is told whether there must be one, and no other options', async () => {
    await expect(create().latest({ required: true })).rejects.toThrow(
      /must hold a checkpoint to go on from, got none; to begin anew, start without one/,
    );
    await expect(create().latest({ fallBack: true } as never)).rejects.toThrow(
      `${name}.latest: options has no key "fallBack"; did you mean "fallback"?`,
    );
    expect(() =>
      name === 'fileStore' ? fileStore(newFolder(), { kept: 3 } as never) : memoryStore({ kept: 3 } as never),
    ).toThrow(`${name}: options has no key "kept"; did you mean "keep"?`);
  });

  it('is empty at first', async () => {
    expect(await create().latest()).toBeUndefined();
  });

  it('gives the one with the most steps, in the order of numbers', async () => {
    const store = create();
    for (const step of [9, 10, 99_999_999, 100_000_000]) {
      await store.save(checkpoint(step));
      expect((await store.latest())?.step).toBe(step);
    }
  });

  it('shares no memory with what it was given', async () => {
    const store = create();
    const saved = checkpoint(1);
    await store.save(saved);
    saved.arrays['optimizer/count']?.data.fill(0 as never);
    const first = (await store.latest()) as Checkpoint;
    first.arrays['optimizer/mask']?.data.fill(0 as never);
    expect(await bare(store)).toEqual(checkpoint(1));
  });

  it('lets a run that starts earlier begin only where nothing would be lost', async () => {
    const store = create();
    await store.save(checkpoint(7));
    await store.prepare({ bytes: 100, step: 7 });
    await store.prepare({ bytes: 100, step: 8 });
    await expect(store.prepare({ bytes: 100, step: 6 })).rejects.toThrow(
      /must hold no checkpoint later than step 6, where the run starts, got one of step 7; resume with/,
    );
    expect((await store.latest())?.step).toBe(7);
  });

  it.each([0, 1.5])('refuses to keep %s', (keep) => {
    expect(() => create(keep)).toThrow(`${name}: keep must be an integer of at least 1, got ${keep}`);
  });
});
