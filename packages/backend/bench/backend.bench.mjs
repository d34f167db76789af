// How the backends compare: `npm run bench -- backend [conv|step ...] [--json]`.
//
// conv: forward pass and both gradients of a 3×3 convolution, 32→32 channels, batch 16, 32×32, on wasm and on cpu.
// step: a training step of a U-Net with 64 channels (loss, gradients, Adam), op by op, on native and on wasm.
//
// Backends take turns, so that what else the machine does falls on both alike; ratios are of the fastest runs.
import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs-core';

export const name = 'backend';

/** A name that no tool follows: the networks come above this package, and only this bench looks up at them. */
const upper = (library) => import(`@immiscible/${library}`);

function fill(shape, seed, scale = 1) {
  return tf.mul(tf.randomNormal(shape, 0, 1, 'float32', seed), scale);
}

/** One forward pass with both gradients of a convolution; `size` as [batch, height, channels]. */
function convolution([batch, height, channels]) {
  const x = fill([batch, height, height, channels], 1);
  const w = fill([3, 3, channels, channels], 2);
  const dy = fill([batch, height, height, channels], 3);
  const gradients = tf.grads((a, b) => tf.conv2d(a, b, 1, 'same'));
  return () => {
    const [dx, dw] = gradients([x, w], dy);
    // Reading a value is what waits for a backend that works behind the scenes.
    dx.dataSync();
    dw.dataSync();
    tf.dispose([dx, dw]);
  };
}

/** One training step of a U-Net; weights and moments stay on the backend. */
async function trainingStep({ batch, size, channels }) {
  const { unet, countParams } = await upper('unet');
  const { adam, applyUpdates } = await upper('optim');
  const { createRng } = await upper('core');
  const model = unet({
    imageChannels: 3,
    channels,
    channelMultipliers: [1, 2],
    blocksPerLevel: 2,
    attentionLevels: [1],
  });
  const optimizer = adam({ learningRate: 1e-4 });
  let params = model.init(createRng(1));
  let state = optimizer.init(params);
  const names = Object.keys(params);
  const x = fill([batch, size, size, 3], 1);
  const noise = fill([batch, size, size, 3], 2);
  const time = tf.linspace(0, 999, batch);
  const lossOf = (...weights) => {
    const named = Object.fromEntries(names.map((key, i) => [key, weights[i]]));
    return tf.mean(tf.squaredDifference(model.apply(named, x, time), noise));
  };
  let step = 0;
  const run = () => {
    const next = tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((key) => params[key]));
      const gradients = Object.fromEntries(names.map((key, i) => [key, grads[i]]));
      const scalars = Object.fromEntries(
        Object.entries(optimizer.scalars(step++)).map(([key, number]) => [key, tf.scalar(number)]),
      );
      const { updates, state: nextState } = optimizer.update(gradients, state, params, scalars);
      return { loss: value, params: applyUpdates(params, updates), state: nextState };
    });
    const loss = next.loss.dataSync()[0];
    tf.dispose([params, state, next.loss]);
    ({ params, state } = next);
    return loss;
  };
  return { run, parameters: countParams(params) };
}

/**
 * Runs each of `bodies` (backend → function) in turn, `rounds` times; milliseconds of each run. A turn lasts `seconds`
 * at least, so that each backend gets as much of the machine.
 */
async function takeTurns(bodies, rounds, seconds = 0) {
  const times = Object.fromEntries(Object.keys(bodies).map((backend) => [backend, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [backend, body] of Object.entries(bodies)) {
      await selectBackend({ backend });
      const turn = performance.now();
      do {
        const started = performance.now();
        body();
        times[backend].push(performance.now() - started);
      } while (performance.now() - turn < 1000 * seconds);
    }
  }
  return times;
}

const summary = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return { fastest: sorted[0], median: sorted[sorted.length >> 1], runs: times.length };
};

async function benchConvolution(print) {
  const size = [16, 32, 32];
  const bodies = {};
  for (const backend of ['wasm', 'cpu']) {
    await selectBackend({ backend });
    bodies[backend] = convolution(size);
  }
  await selectBackend({ backend: 'wasm' });
  bodies.wasm();
  // The cpu backend takes half a minute for one.
  const [cpu, wasm] = [await takeTurns({ cpu: bodies.cpu }, 1), await takeTurns({ wasm: bodies.wasm }, 9)];
  const result = { wasm: summary(wasm.wasm), cpu: summary(cpu.cpu) };
  const ratio = result.cpu.fastest / result.wasm.fastest;
  print(`conv 3×3 32→32, batch 16, 32×32, forward and both gradients`);
  print(`  wasm ${result.wasm.fastest.toFixed(1)} ms, cpu ${result.cpu.fastest.toFixed(0)} ms`);
  print(`  wasm is ${ratio.toFixed(0)} times as fast as cpu (wanted: 80)`);
  return { ...result, ratio };
}

async function benchStep(print) {
  const shape = { batch: 16, size: 32, channels: 64 };
  const bodies = {};
  const losses = {};
  let parameters = 0;
  for (const backend of ['native', 'wasm']) {
    await selectBackend({ backend });
    const step = await trainingStep(shape);
    parameters = step.parameters;
    bodies[backend] = step.run;
    losses[backend] = step.run();
  }
  const times = await takeTurns(bodies, 4, 5);
  const result = { native: summary(times.native), wasm: summary(times.wasm) };
  const ratio = result.wasm.fastest / result.native.fastest;
  print(`training step, U-Net of 64 channels (${parameters} parameters), batch 16, 32×32`);
  print(`  native ${result.native.fastest.toFixed(0)} ms, wasm ${result.wasm.fastest.toFixed(0)} ms`);
  print(`  native is ${ratio.toFixed(1)} times as fast as wasm (wanted: 5)`);
  print(`  first loss: native ${losses.native}, wasm ${losses.wasm}`);
  return { ...shape, parameters, ...result, ratio, firstLoss: losses };
}

/** Runs the parts named in `args`, or both. */
export async function run({ args = [], json = false } = {}) {
  const print = (line) => {
    if (!json) console.log(line);
  };
  const parts = { conv: benchConvolution, step: benchStep };
  const unknown = args.find((arg) => !(arg in parts));
  if (unknown) throw new RangeError(`bench backend: ARGS must be of conv, step, got ${unknown}`);
  const result = {};
  for (const part of args.length > 0 ? args : Object.keys(parts)) result[part] = await parts[part](print);
  return result;
}
