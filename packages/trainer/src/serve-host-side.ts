import { rowMajor } from '@immiscible/core';
import type { HostInputs } from '@immiscible/core/tensors';
import type { NdArray } from 'ndarray';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, HostArrays, Start, ToWorker } from './host-messages.js';
import { type HostParts, hostSide, type HostSource } from './host-side.js';

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
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  let current: Course | undefined;
  port.on('message', (message: ToWorker) => {
    if (message.type === 'taken') {
      if (message.course === current?.number) current.take();
      return;
    }
    current?.end();
    current = openCourse(message.course);
    void serve(host, current, message.step, post);
  });
}

/** The steps after one `from`, as they are taken. */
interface Course {
  readonly number: number;
  /** One more has been taken. */
  take(): void;
  /** Another course begins. */
  end(): void;
  /** Waits until no more than so many of the `sent` steps are ahead; false if the course has ended. */
  goesOn(sent: number, most: number): Promise<boolean>;
}

function openCourse(number: number): Course {
  let taken = 0;
  let ended = false;
  let wake: () => void = () => undefined;
  return {
    number,
    take() {
      taken++;
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async goesOn(sent, most) {
      while (sent - taken >= most && !ended) await new Promise<void>((resolve) => (wake = resolve));
      return !ended;
    },
  };
}

/** Sends step after step, from the first of a course on. */
async function serve<In extends HostInputs>(
  host: Promise<{ step: HostSource<In>; ahead: number }>,
  course: Course,
  first: number,
  post: (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void,
): Promise<void> {
  try {
    const { step, ahead } = await host;
    for (let sent = 0; await course.goesOn(sent, ahead); sent++) {
      const { inputs, ...rest } = await step(first + sent);
      const arrays = plainArrays(inputs);
      post(
        { type: 'step', course: course.number, step: first + sent, arrays, rest },
        Object.values(arrays).map(({ data }) => data.buffer as ArrayBuffer),
      );
      // Lets messages in between two steps.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    const told = error instanceof Error ? error : new Error(String(error));
    post({ type: 'error', course: course.number, error: told });
  }
}

/** What a structured clone keeps of the inputs; memory of their own, as arrays of a batch are views of the pool's. */
function plainArrays(inputs: HostInputs): HostArrays {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => {
      const data = rowMajor('train', `objective.prepare's "${name}"`, array as NdArray<Float32Array>);
      return [name, { data: data.slice(), shape: array.shape }];
    }),
  );
}
