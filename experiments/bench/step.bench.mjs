// Time of a recorded training step: `npm run bench -- step [--channels 64] [--batch 32] [--levels 3] [--json] …`.
//
// A U-Net on 32×32×3 (multipliers 1, 2, 2, …, attention at the second level), squared error, gradients clipped by their
// norm, Adam. With `--peer PYTHON` the same network in PyTorch takes turns with ours (PYTHON is an interpreter that has
// torch), in float32 or bfloat16 autocast as ours, `--peer-mode eager` or `compile`.
import { createRng } from '@immiscible/core';
import { eager, jit } from '@immiscible/jit';
import { adam, applyUpdates, chain, clipByGlobalNorm, flatten } from '@immiscible/optim';
import { countParams, unet } from '@immiscible/unet';
import { selectBackend } from '@immiscible/backend';
import * as tf from '@tensorflow/tfjs-core';
import { median, memoryOf, networkOf, peerOf, readFlags, takeTurns } from './network.mjs';

export const name = 'step';

export async function run({ args = [], json = false } = {}) {
  const flags = readFlags('step', args);
  const engine = await selectBackend(flags.backend ? { backend: flags.backend } : {});
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
  const recorded = flags.jit;
  const started = performance.now();
  const state = { params, optimizer: optimizer.init(params) };
  const stepper = recorded
    ? jit(step, { state, options: { precision: flags.precision, xla: flags.xla } })
    : eager(step, { state });
  let count = 0;
  const once = async () => {
    const scalars = Object.fromEntries(
      Object.entries(optimizer.scalars(count++)).map(([key, number]) => [key, tf.scalar(number)]),
    );
    const { loss } = await stepper.run({ x, noise, time, scalars });
    const value = loss.dataSync()[0]; // waits for the step
    tf.dispose([loss, scalars]);
    return value;
  };
  const firstLoss = await once();
  const first = performance.now() - started;

  const peer = flags.peer ? await peerOf(flags, 'step') : undefined;
  const times = await takeTurns({ ours: once, ...(peer ? { peer: peer.once } : {}) }, flags.rounds);
  const result = {
    channels: flags.channels,
    batch: flags.batch,
    levels: flags.levels,
    parameters: countParams(params),
    engine: `${engine.name} ${engine.version}`,
    jit: recorded,
    precision: flags.precision,
    median_ms: median(times.ours),
    first_ms: first,
    peak_memory_mb: memoryOf(),
    first_loss: firstLoss,
    ...(peer ? { peer: { ...(await peer.end()), median_ms: median(times.peer) } } : {}),
  };
  if (peer) result.ratio = result.median_ms / result.peer.median_ms;
  if (!json) console.log(result);
  return result;
}
