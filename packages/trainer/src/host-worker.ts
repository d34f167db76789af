import { checkInteger, checkOptions, describe, type OptionKeys } from '@immiscible/core';
import type { HostInputs } from '@immiscible/core/tensors';
import ndarray from 'ndarray';
import { Worker } from 'node:worker_threads';
import type { FromWorker, HostArrays, Start, ToWorker } from './host-messages.js';
import type { HostSource } from './host-side.js';

/** Options of {@link hostWorker}. */
export interface HostWorkerOptions {
  /**
   * Most steps that are ready before they are asked for.
   * @defaultValue those of one of the transform's pools, at least 2
   */
  readonly ahead?: number;
}

/** The host side of a run in a thread of its own. */
export interface HostWorker<In extends HostInputs = HostInputs> {
  /** For `train({ host })`. The thread runs ahead of the step asked for last; asked for another than the next, it begins anew there. */
  readonly step: HostSource<In>;
  /** Ends the thread; steps that are waited for are rejected. */
  close(): Promise<void>;
}

/**
 * Runs the host side of a training (images, noise, transform, `objective.prepare`) ahead in a worker thread (Node), while the
 * device works. A step's inputs depend on its number and the `Rng` only, so they are, bit for bit, those of this thread.
 *
 * @param script - a module that calls {@link serveHostSide}
 * @param data - what that makes the parts from, by structured clone: a config and a seed, say
 * @param options - how far it runs ahead
 * @throws what the parts throw, from `step`; TypeError or RangeError at the call for arguments of the wrong kind or unknown options
 * @example
 * const host = hostWorker(new URL('./host.js', import.meta.url), { seed: 0 });
 * try {
 *   for await (const event of train({ ...options, host: host.step })) log(event);
 * } finally {
 *   await host.close();
 * }
 */
export function hostWorker<In extends HostInputs = HostInputs>(
  script: URL,
  data: unknown,
  options: HostWorkerOptions = {},
): HostWorker<In> {
  if (!(script instanceof URL)) {
    const fix = "new URL('./host.js', import.meta.url) makes one";
    throw new TypeError(`hostWorker: script must be a URL, got ${describe(script)}; ${fix}`);
  }
  checkOptions('hostWorker', options, { ahead: true } satisfies OptionKeys<HostWorkerOptions>);
  if (options.ahead !== undefined) checkInteger('hostWorker', 'ahead', options.ahead, 1);
  const worker = new Worker(script, {
    workerData: { data, ahead: options.ahead } satisfies Start,
    execArgv: withoutEntry(process.execArgv),
  });
  let received: FromWorker[] = [];
  /** The step that the thread sends next, and the course that it is on. */
  let next = -1;
  let course = 0;
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  let last: Promise<unknown> = Promise.resolve();

  const send = (message: ToWorker): void => worker.postMessage(message);
  const fail = (error: Error): void => {
    failure ??= error;
    wake();
  };
  worker.on('message', (message: FromWorker) => {
    if (message.course !== course) return;
    received.push(message);
    wake();
  });
  worker.on('error', fail);
  worker.on('messageerror', fail);
  worker.on('exit', (code) =>
    fail(new Error(`hostWorker: the thread must run until it is closed, got its end with exit code ${code}`)),
  );

  // Waiting for a step keeps the process alive, a thread that nobody waits for doesn't: so that it ends by itself whatever goes wrong
  // before or between. After the listeners, which would undo it.
  worker.unref();

  const take: HostSource<In> = async (step) => {
    if (step !== next) {
      received = [];
      next = step;
      send({ type: 'from', step, course: ++course });
    }
    worker.ref();
    while (received.length === 0 && failure === undefined) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
    worker.unref();
    if (failure) throw failure;
    const message = received.shift() as FromWorker;
    if (message.type === 'error') {
      next = -1;
      throw message.error;
    }
    next++;
    send({ type: 'taken', course });
    return { ...message.rest, inputs: restored(message.arrays) as In };
  };
  return {
    step(step) {
      const turn = last.then(() => take(step));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      fail(new Error('hostWorker: steps must be asked for before close, got one after it'));
      await worker.terminate();
    },
  };
}

function restored(arrays: HostArrays): HostInputs {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [
      name,
      ndarray(data as Float32Array, [...shape]),
    ]),
  );
}

/** Flags of this process that say what its own entry is; a thread has another. */
const ENTRY =
  /^(-e|-p|-pe|--eval|--print|--input-type|--experimental-default-type|-c|--check|-i|--interactive)(=|$)/;
const WITH_VALUE = /^(-e|-p|-pe|--eval|--print|--input-type|--experimental-default-type)$/;

function withoutEntry(flags: readonly string[]): string[] {
  return flags.filter((flag, i) => !ENTRY.test(flag) && !WITH_VALUE.test(flags[i - 1] ?? ''));
}
