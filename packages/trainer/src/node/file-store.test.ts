import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileStore } from './file-store.js';
import { bare, checkpoint, data, newFolder, records, root } from '../../test/checkpoints.js';

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
