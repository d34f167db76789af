import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError, type CheckpointStore, type StoredCheckpoint, withoutPlace } from '../checkpoint.js';
import { fileStore } from './file-store.js';
import { bare, checkpoint, data, newFolder } from '../../test/checkpoints.js';

describe('checkpoints without a record', () => {
  let folder: string;
  let store: CheckpointStore;
  beforeEach(async () => {
    folder = newFolder();
    store = fileStore(folder);
    for (const step of [10, 20]) await store.save(checkpoint(step));
  });

  it('are found by their data: of a process killed between the two, or with all records deleted', async () => {
    await rm(join(folder, 'checkpoint-00000020.json'));
    expect(await bare(store)).toEqual(checkpoint(20));
    await rm(join(folder, 'checkpoint-00000010.json'));
    expect(await bare(store)).toEqual(checkpoint(20));
    // A run that knows nothing of them doesn't delete them.
    await expect(store.prepare({ bytes: 10, step: 0 })).rejects.toThrow(
      /must hold no checkpoint later than step 0, where the run starts, got one of step 20/,
    );
    expect(await data(folder)).toHaveLength(2);
  });

  it('are damaged if the data isn’t what its name says', async () => {
    await rm(join(folder, 'checkpoint-00000020.json'));
    const [file] = (await data(folder)).filter((name) => name.includes('20-')) as [string];
    await appendFile(join(folder, file), 'x');
    await expect(store.latest()).rejects.toThrow(/20-([0-9a-f]{8})\.safetensors must be of SHA-256 \1, got /);
    expect(await store.latest({ fallback: true })).toMatchObject({ step: 10, skipped: [{ step: 20 }] });
  });
});

describe('a damaged checkpoint', () => {
  let folder: string;
  let store: CheckpointStore;
  let file: string;
  let record: string;
  beforeEach(async () => {
    folder = newFolder();
    store = fileStore(folder);
    await store.save(checkpoint(10));
    file = await store.save(checkpoint(20));
    record = join(folder, 'checkpoint-00000020.json');
  });

  const damages: [string, () => Promise<unknown>, () => string | RegExp][] = [
    [
      'cut short',
      async () => truncate(file, (await stat(file)).size - 5),
      () =>
        /must be (\d+) bytes long, got (\d+) bytes; latest\(\{ fallback: true \}\) goes back to the checkpoint/,
    ],
    ['too long', () => appendFile(file, 'x'), () => /must be \d+ bytes long, got \d+ bytes/],
    [
      'with one bit turned',
      async () => {
        const bytes = await readFile(file);
        bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1;
        await writeFile(file, bytes);
      },
      () => /must be of SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/,
    ],
    ['gone', () => rm(file), () => /must be a file of \d+ bytes, got Error: ENOENT/],
    ['with an empty record', () => truncate(record), () => /must be JSON, got /],
    [
      'with a record of a later version',
      async () => writeFile(record, (await readFile(record, 'utf8')).replace('"version": 1', '"version": 2')),
      () => 'must be the record of a checkpoint of version 1, got format immiscible-checkpoint, version 2',
    ],
    [
      'with the record of another step',
      async () => writeFile(record, await readFile(join(folder, 'checkpoint-00000010.json'))),
      () => 'must be the record of step 20 with file, bytes and sha256, got {',
    ],
    [
      'with a record that points elsewhere',
      async () => writeFile(record, (await readFile(record, 'utf8')).replace('"file": "', '"file": "../')),
      () => 'must be the record of step 20 with file, bytes and sha256, got {',
    ],
    [
      'that is a safetensors file of another kind',
      async () => {
        const bytes = Buffer.from('\x10\0\0\0\0\0\0\0{}              ');
        await writeFile(file, bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const text = JSON.parse(await readFile(record, 'utf8')) as object;
        await writeFile(record, JSON.stringify({ ...text, bytes: bytes.length, sha256 }));
      },
      () => 'must be a checkpoint of version 1, got format undefined, version undefined',
    ],
  ];

  it.each(damages)('%s is an error that names the file', async (_, damage, message) => {
    await damage();
    const error = await store.latest().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(message());
    expect([file, record]).toContain((error as CheckpointError).path);
    expect((error as Error).message).toContain((error as CheckpointError).path);
  });

  it.each(damages)('%s is passed over if that is asked for, and reported', async (_, damage) => {
    await damage();
    const reported: CheckpointError[] = [];
    const found = await store.latest({ fallback: true, onDamaged: (error) => reported.push(error) });
    expect(reported).toHaveLength(1);
    const [error] = reported as [CheckpointError];
    const { skipped = [] } = found as StoredCheckpoint;
    expect(withoutPlace(found as StoredCheckpoint)).toEqual(checkpoint(10));
    expect(skipped).toEqual([{ step: 20, path: error.path, reason: expect.stringContaining(error.path) }]);
    expect(error.message).toBe(
      `fileStore: ${skipped[0]?.reason}; latest({ fallback: true }) goes back to the checkpoint before it`,
    );
    // A run that knows nothing of it would delete it; one that goes back behind it may start, and replaces it.
    await expect(store.prepare({ bytes: 10, step: 10 })).rejects.toThrow(
      /no checkpoint later than step 10, where the run starts, got a damaged one of step 20 \(.*\); resume with/s,
    );
    await store.prepare({ bytes: 10, step: 10, skipped });
    await store.save(checkpoint(15));
    expect((await store.latest())?.step).toBe(15);
  });

  it('is an error even so if there is no whole one before', async () => {
    for (const name of await data(folder)) await truncate(join(folder, name), 3);
    const error = await store.latest({ fallback: true }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain(
      `${folder} must hold a whole checkpoint, got 2 and all damaged: ${file} must be `,
    );
    expect((error as Error).message).toContain('to begin anew, remove them or use another folder');
  });
});
