import { rowMajor } from '@immiscible/core';
import type { HostInputs } from '@immiscible/core/tensors';
import type { NdArray } from 'ndarray';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, Start, ToWorker } from './host-messages.js';
import { type HostParts, hostSide } from './host-side.js';

/**
 * The worker's side of {@link hostWorker}: makes the parts of the host side and serves its steps until the thread is ended.
 *
 * @param create - from the data that `hostWorker` was given: the same batches, transform, objective and `rng` that the run would
 *   have without a worker
 * @throws Error unless it is called in a worker thread that `hostWorker` has started
 * @example
 * // host.js
 * serveHostSide(({ seed }) => ({ batches, transform, objective, rng: createRng(seed) }));
 */
export function serveHostSide<D, In extends HostInputs = HostInputs>(
  create: (data: D) => HostParts<In> | Promise<HostParts<In>>,
): void {
  const port = parentPort;
  if (port === null) {
    throw new Error(
      'serveHostSide: must be called in a worker thread, got the main one; start it with hostWorker',
    );
  }
  const { data, ahead } = workerData as Start;
  const host = Promise.resolve(create(data as D)).then((parts) => {
    const { batches, transform } = parts;
    const pool = Math.ceil((transform?.pool ?? 0) / batches.batchSize);
    return { step: hostSide(parts), ahead: ahead ?? Math.max(2, pool) };
  });
  // A failure is told to whoever asks for a step.
  host.catch(() => undefined);
  let course = -1;
  let taken = 0;
  let wake: () => void = () => undefined;

  const serve = async (from: number, own: number): Promise<void> => {
    try {
      const { step, ahead: most } = await host;
      for (let sent = 0; own === course; sent++) {
        while (sent - taken >= most && own === course) await new Promise<void>((resolve) => (wake = resolve));
        if (own !== course) return;
        const { inputs, ...rest } = await step(from + sent);
        const arrays = Object.fromEntries(
          Object.entries(inputs).map(([name, array]) => [
            name,
            {
              // Of their own: arrays of a batch are views of the pool's.
              data: rowMajor(
                'train',
                `objective.prepare's "${name}"`,
                array as NdArray<Float32Array>,
              ).slice(),
              shape: array.shape,
            },
          ]),
        );
        const message: FromWorker = { type: 'step', course: own, step: from + sent, arrays, rest };
        port.postMessage(
          message,
          Object.values(arrays).map(({ data }) => data.buffer),
        );
        // Lets messages in between two steps.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      const told = error instanceof Error ? error : new Error(String(error));
      port.postMessage({ type: 'error', course: own, error: told } satisfies FromWorker);
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'taken') {
      if (message.course === course) taken++;
      wake();
      return;
    }
    course = message.course;
    taken = 0;
    wake();
    void serve(message.step, course);
  });
}
