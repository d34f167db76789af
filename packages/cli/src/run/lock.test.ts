import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lock } from './lock.js';
import { isAlive, place, startOf } from './process-identity.js';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'run.lock');
}

function holder(change: object): string {
  const own = { owner: 'ann', ...place(), pid: process.pid, since: '2026-11-22T12:34:56.000Z', token: 'x' };
  return JSON.stringify({ ...own, start: startOf(process.pid), ...change });
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('says who has it, and goes when it is given back', () => {
  const file = newFile();
  const { release } = lock(file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    owner: expect.any(String) as string,
    host: hostname(),
    pid: process.pid,
    start: startOf(process.pid),
    since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  });
  expect(() => lock(file)).toThrow(
    new RegExp(
      `got one that process ${process.pid} of .* on ${hostname()} has written to since .*; wait for it, or stop it`,
    ),
  );
  release();
  release();
  expect(readdirSync(join(file, '..'))).toEqual([]);
  lock(file).release();
});

test('of a living process it is refused, and stays', async () => {
  const file = newFile();
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid as number;
  const text = holder({ pid, start: startOf(pid) });
  writeFileSync(file, text);
  expect(() => lock(file)).toThrow(`process ${pid} of ann on`);
  expect(readFileSync(file, 'utf8')).toBe(text);
  child.kill('SIGKILL');
  await once(child, 'close');
  // And once it has been killed, it is taken over.
  lock(file).release();
  expect(readdirSync(join(file, '..'))).toEqual([]);
});

test.each<[string, () => object]>([
  ['a process that has ended', () => ({ pid: deadPid(), start: 'long ago' })],
  // This process has the number now, and began at another time.
  ['one whose number another process has now', () => ({ start: 'an earlier boot 1234' })],
])('of %s it is taken over', (_, change) => {
  const file = newFile();
  writeFileSync(file, holder(change()));
  const { release } = lock(file);
  expect((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid).toBe(process.pid);
  release();
});

test.each<[string, object]>([
  ['another host', { host: 'elsewhere' }],
  ['another machine of that name', { machine: 'f00' }],
  ['another container', { namespace: 'pid:[1]' }],
])('of %s it is refused, with what to do', (_, change) => {
  const file = newFile();
  const text = holder({ pid: deadPid(), ...change });
  writeFileSync(file, text);
  expect(() => lock(file)).toThrow(
    /whether it still runs can't be seen from here: if not, delete .*run\.lock and try again/,
  );
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test.each(['', '{', 'null', '{"pid":1}'])(
  'that doesn’t say whose it is, %j, is refused with what to do',
  (text) => {
    const file = newFile();
    writeFileSync(file, text);
    expect(() => lock(file)).toThrow(
      /which doesn't say whose it is; if no process writes there, delete that file/,
    );
  },
);

test('of a process that is killed it is taken over, and of several that come at once one gets it', async () => {
  const file = newFile();
  writeFileSync(file, holder({ pid: deadPid() }));
  const module = new URL('../../dist/run/lock.js', import.meta.url).href;
  const code = `const { lock } = await import(${JSON.stringify(module)});
    try { lock(${JSON.stringify(file)}); console.log('got'); setTimeout(() => {}, 60000); } catch (e) { console.log('refused'); }`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const said = await Promise.all(
    children.map(async (child) => String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim()),
  );
  expect(said.sort()).toEqual(['got', 'refused', 'refused', 'refused']);
  for (const child of children) child.kill('SIGKILL');
});

test('a process that has ended is not alive, this one is', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(deadPid())).toBe(false);
});

test('what a killed process had begun to write goes when its lock is taken over, and nothing else', () => {
  const file = newFile();
  const [folder, pid] = [join(file, '..'), deadPid()];
  writeFileSync(file, holder({ pid }));
  mkdirSync(join(folder, 'samples'));
  const kept = [`notes.${pid}.partial`, `summary.json.${pid + 1}-3.partial`, 'summary.json'];
  const begun = [`summary.json.${pid}-3.partial`, join('samples', `grid.png.${pid}-12.partial`)];
  for (const name of [...kept, ...begun]) writeFileSync(join(folder, name), '');
  const { release } = lock(file);
  expect(readdirSync(folder).sort()).toEqual([...kept, 'run.lock', 'samples'].sort());
  expect(readdirSync(join(folder, 'samples'))).toEqual([]);
  release();
});
