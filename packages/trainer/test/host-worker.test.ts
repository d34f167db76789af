import { selectBackend } from '@immiscible/backend';
import { type Checkpoint, memoryStore, train } from '@immiscible/trainer';
import { hostWorker, type HostWorker, serveHostSide } from '@immiscible/trainer/worker';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostSide } from '../src/host-side.js';
import { BATCH, collect, options, reversing } from './tiny.js';

const folder = mkdtempSync(join(tmpdir(), 'trainer-host-'));
const script = pathToFileURL(join(folder, 'host.mjs'));
const open: HostWorker[] = [];
const start = (data: object = {}, ahead?: number): HostWorker => {
  const worker = hostWorker(script, data, ahead === undefined ? {} : { ahead });
  open.push(worker);
  return worker;
};

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
  // Threads don't read TypeScript: the script is bundled from the sources under test.
  for (const [source, output] of [
    ['host-script', 'host'],
    ['ending-script', 'ending'],
    ['../src/worker', 'worker'],
  ]) {
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true, resolve: { conditions: ['@immiscible/source', 'module', 'node'] } },
      build: {
        ssr: fileURLToPath(new URL(`./${source}.ts`, import.meta.url)),
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: `${output}.mjs` } },
      },
    });
  }
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([1, 2, 7, undefined])('trains on the bytes of no thread at all, %s steps ahead', async (ahead) => {
  const run = { ...options, transform: reversing(3 * BATCH), steps: 9 };
  const [here, there] = [memoryStore(), memoryStore()];
  await collect(train({ ...run, checkpoint: { store: here } }));
  const { step: host } = start({ pool: 3 }, ahead);
  await collect(train({ ...run, host, steps: 4, checkpoint: { store: there } }));
  const begun = (await there.latest()) as Checkpoint;
  await collect(train({ ...run, host, start: begun, checkpoint: { store: there } }));
  const [a, b] = [(await here.latest()) as Checkpoint, (await there.latest()) as Checkpoint];
  expect(b.step).toBe(9);
  expect(b.arrays).toEqual(a.arrays);
});

it('gives the inputs of any step, whatever the order', async () => {
  const here = hostSide({ ...options, transform: reversing(2 * BATCH) });
  const there = start({ pool: 2 });
  const steps = [0, 1, 2, 9, 3, 4, 4, 0];
  const given = await Promise.all(steps.map((step) => there.step(step)));
  for (const [i, step] of steps.entries()) {
    const { inputs, distance } = await here(step);
    expect(given[i]?.distance).toEqual(distance);
    expect(given[i]?.inputs['noise']?.data).toEqual(
      (inputs['noise']?.data as Float32Array).subarray(
        inputs['noise']?.offset,
        (inputs['noise']?.offset ?? 0) + (inputs['noise']?.size ?? 0),
      ),
    );
    expect(given[i]?.inputs['time']?.shape).toEqual([BATCH, 1, 1, 1]);
  }
});

it('passes on what goes wrong, at its step, and goes on from another', async () => {
  const worker = start({ failing: 2 });
  await worker.step(0);
  await worker.step(1);
  const error = await worker.step(2).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RangeError);
  expect((error as Error).message).toBe('step 2 must not fail, but does');
  expect((await worker.step(3)).inputs['x0']?.shape).toEqual([BATCH, 3, 2, 1]);
  await expect(start({ absent: true }).step(0)).rejects.toThrow('no such data set');
});

it('says that a script is absent, that it was closed, that a number is out of range', async () => {
  const absent = hostWorker(new URL('absent.mjs', script), {});
  await expect(absent.step(0)).rejects.toThrow(/Cannot find module .*absent\.mjs/);
  const worker = start();
  const asked = worker.step(0);
  await worker.close();
  await expect(asked).rejects.toThrow('steps must be asked for before close');
  await expect(worker.step(1)).rejects.toThrow('steps must be asked for before close');
  expect(() => start({}, 0)).toThrow('hostWorker: ahead must be');
  expect(() => serveHostSide(() => options)).toThrow('must be called in a worker thread');
});

describe('a process ends by itself, though nobody closes the thread, after', () => {
  it.each([
    ['a refused option', 3, 'train: options has no key "stepz"'],
    ['a store that can’t be written to', 3, 'the disk is full'],
    ['a store that fails later', 3, 'the disk is full'],
    ['a failing objective', 3, 'no loss'],
    ['a failing host side', 3, 'step 3 must not fail, but does'],
    ['a consumer that leaves', 0, 'left'],
    ['a consumer that leaves at once', 0, 'left'],
    ['a consumer that throws', 3, 'of the consumer'],
    ['a consumer that stops asking', 0, 'left'],
    ['a run that never began', 0, 'left'],
  ])('%s', (way, code, said) => {
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'ending.mjs'), way], {
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    expect(stdout).toContain(said);
    // null if it had to be killed.
    expect(status).toBe(code);
  });
});

it('starts from a script given on the command line, whose flags are not the thread’s', () => {
  const code = `
    import { hostWorker } from ${JSON.stringify(pathToFileURL(join(folder, 'worker.mjs')).href)};
    const host = hostWorker(new URL(${JSON.stringify(script.href)}), {});
    console.log(Object.keys((await host.step(0)).inputs).join());`;
  for (const flags of [['-e', code], ['--eval', code], [`--eval=${code}`]]) {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', ...flags], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('x0,noise,time\n');
  }
});

it('refuses what is no URL, and unknown options', () => {
  expect(() => hostWorker('./host.js' as never, {})).toThrow(
    'hostWorker: script must be a URL, got "./host.js"; new URL(\'./host.js\', import.meta.url) makes one',
  );
  expect(() => hostWorker(script, {}, { aheads: 3 } as never)).toThrow(
    'hostWorker: options has no key "aheads"; did you mean "ahead"?',
  );
});
