import { createRng } from '@immiscible/core';
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointStore,
  type StoredCheckpoint,
  withoutPlace,
} from '../checkpoint.js';
import { fileStore } from './file-store.js';
import { memoryStore } from '../memory-store.js';

const root = await mkdtemp(join(tmpdir(), 'immiscible-file-store-'));
afterAll(() => rm(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, 'of a run', String(folders++));

const checkpoint = (step: number): Checkpoint => ({
  step,
  rng: createRng(2 ** 40 + 3)
    .split('a')
    .state(),
  seconds: step / 3,
  config: 'sha256:ä',
  metadata: { twin: 'ünmixed', commit: '0f3a' },
  arrays: {
    'params/down.0.weight': {
      dtype: 'F32',
      shape: [2, 3],
      // What text can't carry: −0, the smallest subnormal number, the largest float32, NaN.
      data: Float32Array.of(step, -0, 2 ** -149, 3.4028234663852886e38, 0.1, Number.NaN),
    },
    'optimizer/count': { dtype: 'I32', shape: [], data: Int32Array.of(step) },
    'optimizer/mask': { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
    'optimizer/empty': { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
  },
});

const bare = async (store: CheckpointStore) => withoutPlace((await store.latest()) as StoredCheckpoint);
const records = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.json'));
const data = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));

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

describe('fileStore', () => {
  it('keeps the newest, each as a safetensors file and a record with its size and SHA-256', async () => {
    const folder = newFolder();
    const store = fileStore(folder, { keep: 3 });
    for (let step = 1; step <= 5; step++) await store.save(checkpoint(step * 10));
    expect(await records(folder)).toEqual([30, 40, 50].map((step) => `checkpoint-000000${step}.json`));
    expect(await data(folder)).toHaveLength(3);
    const record = JSON.parse(await readFile(join(folder, 'checkpoint-00000050.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const bytes = await readFile(join(folder, record['file'] as string));
    expect(record).toMatchObject({ step: 50, bytes: bytes.length });
    expect(record['sha256']).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('says where a checkpoint is', async () => {
    const folder = newFolder();
    const path = await fileStore(folder).save(checkpoint(3));
    expect(await data(folder)).toEqual([path.slice(folder.length + 1)]);
  });

  it('leaves one pair of files when a step is saved twice', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    await store.save(checkpoint(5));
    await store.save({ ...checkpoint(5), seconds: 99 });
    expect(await readdir(folder)).toHaveLength(2);
    expect((await store.latest())?.seconds).toBe(99);
  });

  it('takes no notice of what a killed process left, and clears it away before the next run', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    await store.save(checkpoint(5));
    const names = await readdir(folder);
    await writeFile(join(folder, 'checkpoint-00000006-01234567.safetensors.tmp'), 'half');
    await writeFile(join(folder, 'checkpoint-00000006.json.tmp'), 'half');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    expect((await store.latest())?.step).toBe(5);
    await store.prepare({ bytes: 10, step: 5 });
    await store.save(checkpoint(5));
    expect((await readdir(folder)).sort()).toEqual([...names, 'notes.txt'].sort());
  });

  it('follows no link that has the name of its temporary file', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    await store.prepare({ bytes: 10, step: 0 });
    const other = join(root, 'of the user');
    await writeFile(other, 'precious');
    await symlink(other, join(folder, 'checkpoint-00000003.json.tmp'));
    await store.save(checkpoint(3));
    expect(await readFile(other, 'utf8')).toBe('precious');
    expect(await bare(store)).toEqual(checkpoint(3));
  });

  it('refuses what is no name of a folder', () => {
    expect(() => fileStore('')).toThrow('fileStore: directory must be a folder\'s name, got ""');
    expect(() => fileStore({ keep: 2 } as never)).toThrow('directory must be a folder');
  });
});

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

describe('prepare', () => {
  beforeAll(() => writeFile(join(root, 'a file'), ''));

  it('makes the folder and leaves nothing in it', async () => {
    const folder = newFolder();
    await fileStore(folder).prepare({ bytes: 1000, step: 0 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a place that is no folder', async () => {
    const message = /must be a folder.*, got Error: (ENOTDIR|EEXIST)/;
    for (const folder of [join(root, 'a file'), join(root, 'a file', 'run')]) {
      await expect(fileStore(folder).prepare({ bytes: 1000, step: 0 })).rejects.toThrow(message);
    }
  });

  it.runIf(process.getuid?.() !== 0)('refuses a folder that can’t be written to', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    await store.prepare({ bytes: 10, step: 0 });
    await chmod(folder, 0o500);
    await expect(store.prepare({ bytes: 10, step: 0 })).rejects.toThrow(
      'must be a folder that can be written to',
    );
  });

  it('refuses a disk with less room than the checkpoints take', async () => {
    const store = fileStore(newFolder(), { keep: 10_000_000 });
    await expect(store.prepare({ bytes: 2e9, step: 0 })).rejects.toThrow(
      /must have 2\d+\.0 MB free for 10000001 checkpoints, got [\d.]+ MB; free some space or use another folder/,
    );
  });

  it('refuses checkpoints that could not be read again', async () => {
    await expect(fileStore(newFolder()).prepare({ bytes: 2 ** 31, step: 0 })).rejects.toThrow(
      'fileStore: checkpoints must be under 2 GiB, got about 2147.5 MB',
    );
  });
});

describe('save', () => {
  it('that fails leaves the checkpoints before it', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    await store.save(checkpoint(1));
    // A folder of the record's name: the data can be written, the record can't.
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'checkpoint-00000002.json', 'in the way'), { recursive: true });
    await expect(store.save(checkpoint(2))).rejects.toThrow(
      /checkpoint-00000002\.json must be writable, got .*; checkpoints before it are kept/,
    );
    await rm(join(folder, 'checkpoint-00000002.json'), { recursive: true });
    expect(await bare(store)).toEqual(checkpoint(1));
  });
});
