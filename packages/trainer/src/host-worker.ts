import { checkInteger, checkOptions, describe, type OptionKeys } from '@immiscible/core';
import { workerFlags } from '@immiscible/core/node';
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
    execArgv: workerFlags(process.execArgv),
  });
  const inbox = openInbox(worker);
  // Waiting for a step keeps the process alive, a thread that nobody waits for doesn't: so that it ends by itself whatever goes wrong
  // before or between. After the listeners, which would undo it.
  worker.unref();
  /** The step that the thread sends next. */
  let next = -1;
  let last: Promise<unknown> = Promise.resolve();

  const take: HostSource<In> = async (step) => {
    if (step !== next) {
      next = step;
      worker.postMessage({ type: 'from', step, course: inbox.begin() } satisfies ToWorker);
    }
    const message = await inbox.take();
    if (message.type === 'error') {
      next = -1;
      throw message.error;
    }
    next++;
    worker.postMessage({ type: 'taken', course: message.course } satisfies ToWorker);
    return { ...message.rest, inputs: restored(message.arrays) as In };
  };
  return {
    step(step) {
      const turn = last.then(() => take(step));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      inbox.fail(new Error('hostWorker: steps must be asked for before close, got one after it'));
      await worker.terminate();
    },
  };
}

/** What the thread sends, to be taken one by one. */
interface Inbox {
  /** Begins another course, whose number it gives: what was sent in the one before is void. */
  begin(): number;
  /** The next message; waits for it. */
  take(): Promise<FromWorker>;
  /** Rejects whoever waits, now and from now on. */
  fail(error: Error): void;
}

function openInbox(worker: Worker): Inbox {
  let received: FromWorker[] = [];
  let course = 0;
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
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
  return {
    begin() {
      received = [];
      return ++course;
    },
    async take() {
      worker.ref();
      while (received.length === 0 && failure === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      worker.unref();
      if (failure) throw failure;
      return received.shift() as FromWorker;
    },
    fail,
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
