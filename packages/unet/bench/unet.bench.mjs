// A U-Net's loss and gradients, op by op:
// `npm run bench -- unet [--preset fashion-14] [--batch 128] [--size 14] [--steps 20] [--backend native] [--json]`.
//
// Prints the fastest and the median time, the processor time of a step (what the machine's other work changes least),
// and, on the native engine, how many operations a step takes and where their time goes.
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { unet } from '@immiscible/unet';
import * as tf from '@tensorflow/tfjs-core';
import { parseArgs } from 'node:util';

export const name = 'unet';

/** Calls `note(kind, milliseconds)` for each operation that `body` runs on the native engine. */
function recordingOperations(note, body) {
  const backend = tf.backend();
  const { binding } = backend;
  // The addon's properties are read-only: an object in its place forwards to it.
  const forward = {};
  for (const key of Object.getOwnPropertyNames(binding)) {
    forward[key] = typeof binding[key] === 'function' ? binding[key].bind(binding) : binding[key];
  }
  forward.executeOp = (...call) => {
    const start = performance.now();
    const result = binding.executeOp(...call);
    note(call[0], performance.now() - start);
    return result;
  };
  backend.binding = forward;
  try {
    body();
  } finally {
    backend.binding = binding;
  }
}

export async function run({ args, json }) {
  const { values } = parseArgs({
    args,
    options: {
      preset: { type: 'string', default: 'fashion-14' },
      batch: { type: 'string', default: '128' },
      size: { type: 'string', default: '14' },
      steps: { type: 'string', default: '20' },
      backend: { type: 'string' },
    },
  });
  const [batch, size, steps] = [values.batch, values.size, values.steps].map(Number);
  const engine = await selectBackend(values.backend ? { backend: values.backend } : {});

  const model = unet({ preset: values.preset });
  const params = model.init(createRng(0));
  const names = Object.keys(params);
  const shape = [batch, size, size, model.config.imageChannels];
  const draw = (stream) =>
    tf.tensor(
      createRng(1)
        .split(stream)
        .fillNormal(new Float32Array(shape.reduce((a, b) => a * b))),
      shape,
    );
  const [x, target, time] = [draw('x'), draw('target'), tf.range(0, batch)];
  const lossAndGradients = tf.valueAndGrads((...weights) => {
    const output = model.apply(Object.fromEntries(names.map((key, i) => [key, weights[i]])), x, time);
    return tf.mean(tf.squaredDifference(output, target));
  });
  const step = () => {
    const { value, grads } = lossAndGradients(names.map((key) => params[key]));
    // Reading the values is what waits for a backend that works behind the scenes.
    value.dataSync();
    grads.at(-1).dataSync();
    tf.dispose([value, grads]);
  };

  for (let i = 0; i < 3; i++) step();
  const milliseconds = [];
  const before = process.cpuUsage();
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    step();
    milliseconds.push(performance.now() - start);
  }
  const used = process.cpuUsage(before);
  milliseconds.sort((a, b) => a - b);

  const operations = new Map();
  if (engine.name === 'native') {
    recordingOperations((kind, time) => {
      const entry = operations.get(kind) ?? { kind, count: 0, milliseconds: 0 };
      operations.set(kind, { kind, count: entry.count + 1, milliseconds: entry.milliseconds + time });
    }, step);
  }
  const byTime = [...operations.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  const result = {
    engine,
    preset: values.preset,
    batch,
    size,
    parameters: names.reduce((sum, key) => sum + params[key].size, 0),
    fastest: milliseconds[0],
    median: milliseconds[milliseconds.length >> 1],
    processor: (used.user + used.system) / 1000 / steps,
    operations: byTime.reduce((sum, { count }) => sum + count, 0),
    byTime,
  };
  if (!json) {
    console.log(
      `${engine.name} ${engine.version}; ${values.preset}, batch ${batch}, ${size}×${size}: loss and gradients`,
    );
    console.log(
      `fastest ${result.fastest.toFixed(1)} ms, median ${result.median.toFixed(1)} ms, processor time ${result.processor.toFixed(1)} ms`,
    );
    if (byTime.length > 0) console.log(`${result.operations} operations`);
    for (const { kind, count, milliseconds: time } of byTime.slice(0, 15)) {
      console.log(`${kind.padEnd(24)} ${String(count).padStart(5)} ${time.toFixed(2).padStart(9)} ms`);
    }
  }
  return result;
}
