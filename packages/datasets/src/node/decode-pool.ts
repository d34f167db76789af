import { ArgumentError, type ArgumentProblem } from '@immiscible/core';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type BlockInput, type BlockOutput, decodeBlock } from './decode-block.js';

/** Decodes blocks side by side. */
export interface DecodePool {
  /** How many blocks it is worth having under way. */
  readonly width: number;
  run(input: BlockInput): Promise<BlockOutput>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (output: BlockOutput) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly output?: BlockOutput;
  readonly error?: string | ArgumentProblem;
}

/** Only the built package has a file that a worker can run; from TypeScript source, decoding stays in this thread. */
const workerFile = fileURLToPath(new URL('./decode-worker.js', import.meta.url));

/**
 * A pool of `workers` threads; with 0, everything is decoded in this one. A block whose thread ends, or has ended, is rejected.
 *
 * @param file - what the threads run
 */
export function decodePool(workers: number, file: string = workerFile): DecodePool {
  if (workers === 0 || !existsSync(file)) {
    return { width: 1, run: decodeBlock, close: async () => {} };
  }
  const threads = Array.from({ length: workers }, () => {
    // Nothing of this process's own flags: of some, such as --input-type, a worker can't begin.
    const worker = new Worker(file, { execArgv: [] });
    const waiting = new Map<number, Waiting>();
    const thread: { readonly worker: Worker; readonly waiting: typeof waiting; ended?: Error } = {
      worker,
      waiting,
    };
    const failAll = (error: Error): void => {
      thread.ended ??= error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    worker.on('message', ({ id, output, error }: Answer) => {
      const task = waiting.get(id);
      waiting.delete(id);
      if (output) task?.resolve(output);
      else task?.reject(typeof error === 'object' ? new ArgumentError(error) : new RangeError(error));
    });
    worker.on('error', failAll);
    worker.on('exit', () =>
      failAll(new Error('decodePool: a worker must run until it is closed, got its end')),
    );
    return thread;
  });
  let next = 0;
  return {
    width: 2 * workers,
    run: (input) =>
      new Promise((resolve, reject) => {
        const id = next++;
        const [thread] = [...threads].sort((a, b) => a.waiting.size - b.waiting.size);
        if (thread === undefined || thread.ended) return reject(thread?.ended ?? new Error('no thread'));
        thread.waiting.set(id, { resolve, reject });
        thread.worker.postMessage({ id, input });
      }),
    close: async () => void (await Promise.all(threads.map(({ worker }) => worker.terminate()))),
  };
}
