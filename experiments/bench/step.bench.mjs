// Time of a recorded training step: `npm run bench -- step [--channels 64] [--batch 32] [--levels 3] [--json] …`.
//
// A U-Net on 32×32×3 (multipliers 1, 2, 2, …, attention at the second level), squared error, gradients clipped by their
// norm, Adam. `--kernels off|on|both` leaves our kernels out, takes them, or does both in turns. With `--peer PYTHON` the same network in PyTorch takes turns with ours (PYTHON is an interpreter that has
// torch), in float32 or bfloat16 autocast as ours, `--peer-mode eager` or `compile`.
import { createRng } from '@immiscible/core';
import { eager, jit } from '@immiscible/jit';
import { adam, applyUpdates, chain, clipByGlobalNorm, flatten } from '@immiscible/optim';
import { countParams, unet } from '@immiscible/unet';
import * as tf from '@tensorflow/tfjs-core';
import { median, memoryOf, networkOf, peerOf, readFlags, takeTurns, variantsOf } from './network.mjs';

export const name = 'step';

export async function run({ args = [], json = false } = {}) {
  const flags = readFlags('step', args);
  const variants = await variantsOf(flags, () => stepOf(flags));
  const peer = flags.peer ? await peerOf(flags, 'step') : undefined;
  const bodies = Object.fromEntries(variants.map(({ key, once }) => [key, once]));
  const { times, processor } = await takeTurns(
    { ...bodies, ...(peer ? { peer: peer.once } : {}) },
    flags.rounds,
  );
  const [first, second] = variants;
  const result = {
    channels: flags.channels,
    batch: flags.batch,
    levels: flags.levels,
    parameters: first.parameters,
    engine: `${first.engine.name} ${first.engine.version}`,
    kernels: first.engine.kernels.length > 0,
    jit: flags.jit,
    precision: flags.precision,
    ...timesOf(times.ours, processor.ours),
    first_ms: first.first,
    peak_memory_mb: memoryOf(),
    first_loss: first.losses[0],
  };
  if (second) {
    result.with_kernels = { ...timesOf(times.kernels, processor.kernels), first_ms: second.first };
    // The first loss doesn't see the network, whose head starts at zero: all of them do, taken together.
    result.loss_difference = Math.max(
      ...first.losses.map((loss, i) => Math.abs(second.losses[i] - loss) / Math.abs(loss)),
    );
    result.losses_compared = Math.min(first.losses.length, second.losses.length);
  }
  if (peer) {
    result.peer = { ...(await peer.end()), ...timesOf(times.peer) };
    result.ratio = result.median_ms / result.peer.median_ms;
    if (second) result.with_kernels.ratio = result.with_kernels.median_ms / result.peer.median_ms;
  }
  if (!json) console.log(result);
  return result;
}

const timesOf = (times, processor) => ({
  median_ms: median(times),
  least_ms: Math.round(10 * Math.min(...times)) / 10,
  ...(processor ? { processor_ms: median(processor) } : {}),
});

/** A step on the engine in use: what runs it once, and what the first run took. */
async function stepOf(flags) {
  const model = unet(networkOf(flags));
  const optimizer = flatten(chain(clipByGlobalNorm(1), adam({ learningRate: 1e-4 })));
  const params = model.init(createRng(0));
  const step = (state, inputs) => {
    const names = Object.keys(state.params);
    const lossOf = (...weights) => {
      const named = Object.fromEntries(names.map((key, i) => [key, weights[i]]));
      return tf.mean(tf.squaredDifference(model.apply(named, inputs.x, inputs.time), inputs.noise));
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map((key) => state.params[key]));
    const gradients = Object.fromEntries(names.map((key, i) => [key, grads[i]]));
    const next = optimizer.update(gradients, state.optimizer, state.params, inputs.scalars);
    return {
      state: { params: applyUpdates(state.params, next.updates), optimizer: next.state },
      outputs: { loss: value },
    };
  };

  const rng = createRng(1);
  const shape = [flags.batch, 32, 32, 3];
  const normal = () => tf.tensor(rng.fillNormal(new Float32Array(flags.batch * 32 * 32 * 3)), shape);
  const [x, noise, time] = [normal(), normal(), tf.linspace(0, 999, flags.batch)];
  const started = performance.now();
  const state = { params, optimizer: optimizer.init(params) };
  const stepper = flags.jit
    ? jit(step, { state, options: { precision: flags.precision, xla: flags.xla } })
    : eager(step, { state });
  const losses = [];
  const once = async () => {
    const scalars = Object.fromEntries(
      Object.entries(optimizer.scalars(losses.length)).map(([key, number]) => [key, tf.scalar(number)]),
    );
    const { loss } = await stepper.run({ x, noise, time, scalars });
    losses.push(loss.dataSync()[0]); // waits for the step
    tf.dispose([loss, scalars]);
  };
  await once();
  return { once, losses, first: performance.now() - started, parameters: countParams(params) };
}
