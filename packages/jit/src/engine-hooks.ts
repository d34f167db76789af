import * as tf from '@tensorflow/tfjs-core';

/** What of TensorFlow.js's engine a step can't do without; all operations, reads and variables pass through it. */
export interface EngineMethods {
  runKernel(
    kind: string,
    inputs: Readonly<Record<string, unknown>>,
    attributes?: object,
  ): tf.Tensor | tf.Tensor[];
  makeTensor(values: tf.DataValues, shape: number[], dtype: tf.DataType, backend?: unknown): tf.Tensor;
  makeVariable(value: tf.Tensor, trainable?: boolean, name?: string, dtype?: tf.DataType): tf.Variable;
  disposeTensor(tensor: tf.Tensor): void;
  readSync(dataId: object): tf.DataValues;
  read(dataId: object): Promise<tf.DataValues>;
}

const NAMES = ['runKernel', 'makeTensor', 'makeVariable', 'disposeTensor', 'readSync', 'read'] as const;

/**
 * Puts functions in place of the engine's own while `body` runs, which may not be asynchronous. May be nested.
 *
 * @param replace - given the functions as they are, makes those that stand in for them
 */
export function withEngine<T>(replace: (engine: EngineMethods) => Partial<EngineMethods>, body: () => T): T {
  const engine = tf.engine() as unknown as Record<string, unknown>;
  const bound = NAMES.map((name) => [name, (engine[name] as () => unknown).bind(engine)]);
  const standIns = replace(Object.fromEntries(bound) as EngineMethods);
  const before = Object.keys(standIns).map(
    (name) => [name, Object.getOwnPropertyDescriptor(engine, name)] as const,
  );
  Object.assign(engine, standIns);
  try {
    return body();
  } finally {
    for (const [name, own] of before) {
      if (own) Object.defineProperty(engine, name, own);
      else delete engine[name];
    }
  }
}

/** Reading, with a look at whose data is read first. */
export function checkedReads(
  engine: EngineMethods,
  check: (dataId: object) => void,
): Pick<EngineMethods, 'readSync' | 'read'> {
  return {
    readSync(dataId) {
      check(dataId);
      return engine.readSync(dataId);
    },
    read(dataId) {
      check(dataId);
      return engine.read(dataId);
    },
  };
}

/** The number that the next tensor gets: tensors are numbered in the order in which they are made. */
export function nextTensorId(): number {
  const probe = tf.scalar(0);
  probe.dispose();
  return probe.id;
}

/** The tensors among a kernel's inputs, some of which are lists. */
export function tensorsIn(inputs: Readonly<Record<string, unknown>>): tf.Tensor[] {
  return Object.values(inputs)
    .flat()
    .filter((input) => input instanceof tf.Tensor);
}
