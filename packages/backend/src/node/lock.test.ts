import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { withLock } from './lock.js';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('withLock', () => {
  it('lets one body run after the other, and leaves no file', async () => {
    const path = join(folder, 'a');
    let inside = 0;
    let waits = 0;
    const body = async () => {
      expect(++inside).toBe(1);
      await sleep(30);
      inside--;
    };
    await Promise.all([withLock(path, body, () => waits++), withLock(path, body, () => waits++)]);
    expect(waits).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over the lock of a process that is gone', async () => {
    const path = join(folder, 'b');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (const name of ['b', 'b.of-the-same']) writeFileSync(join(folder, name), `${hostname()} ${pid}\n`);
    expect(await withLock(path, async () => 'mine')).toBe('mine');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('waits for a process of another machine, whose life it cannot ask for', async () => {
    const path = join(folder, 'c');
    writeFileSync(path, 'elsewhere 1\n');
    let waited = false;
    const done = withLock(
      path,
      async () => 'mine',
      () => (waited = true),
    );
    await sleep(300);
    expect(waited).toBe(true);
    rmSync(path);
    expect(await done).toBe('mine');
  });

  it('is released when the body fails', async () => {
    const path = join(folder, 'd');
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, async () => 'again')).toBe('again');
  });
});
