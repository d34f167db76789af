import { selectBackend } from '@immiscible/backend';
import { type Checkpoint, memoryStore, train } from '@immiscible/trainer';
import { hostWorker, type HostWorker, serveHostSide } from '@immiscible/trainer/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
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
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, resolve: { conditions: ['@immiscible/source', 'module', 'node'] } },
    build: {
      ssr: fileURLToPath(new URL('./host-script.ts', import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'host.mjs' } },
    },
  });
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
