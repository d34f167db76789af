// Time of sampling: `npm run bench -- sample [--channels 64] [--batch 64] [--levels 3] [--steps 20] [--json] …`.
//
// DDIM of the network of `step`, all images in one batch; `--peer PYTHON` as there.
import { createRng } from '@immiscible/core';
import { ddimSample } from '@immiscible/ddim';
import { jitModel } from '@immiscible/jit';
import { linearSchedule } from '@immiscible/schedulers';
import { unet } from '@immiscible/unet';
import { median, memoryOf, networkOf, peerOf, readFlags, takeTurns, variantsOf } from './network.mjs';

export const name = 'sample';

export async function run({ args = [], json = false } = {}) {
  const flags = readFlags('sample', args);
  const variants = await variantsOf(flags, () => samplerOf(flags));
  const peer = flags.peer ? await peerOf(flags, 'sample') : undefined;
  const bodies = Object.fromEntries(variants.map(({ key, once }) => [key, once]));
  const { times, processor } = await takeTurns(
    { ...bodies, ...(peer ? { peer: peer.once } : {}) },
    flags.rounds,
    1,
  );
  const [first, second] = variants;
  const result = {
    channels: flags.channels,
    batch: flags.batch,
    levels: flags.levels,
    steps: flags.steps,
    engine: `${first.engine.name} ${first.engine.version}`,
    kernels: first.engine.kernels.length > 0,
    jit: flags.jit,
    precision: flags.precision,
    median_ms: median(times.ours),
    processor_ms: median(processor.ours),
    first_ms: first.first,
    peak_memory_mb: memoryOf(),
  };
  if (second)
    result.with_kernels = { median_ms: median(times.kernels), processor_ms: median(processor.kernels) };
  if (peer) {
    result.peer = { ...(await peer.end()), median_ms: median(times.peer) };
    result.ratio = result.median_ms / result.peer.median_ms;
    if (second) result.with_kernels.ratio = result.with_kernels.median_ms / result.peer.median_ms;
  }
  if (!json) console.log(result);
  return result;
}

/** Sampling on the engine in use: what draws once, and what the first time took. */
async function samplerOf(flags) {
  const plain = unet(networkOf(flags));
  const model = flags.jit ? jitModel(plain, { precision: flags.precision }) : plain;
  const params = plain.init(createRng(0));
  const schedule = linearSchedule();
  const once = () =>
    ddimSample(model, params, {
      schedule,
      prediction: 'epsilon',
      steps: flags.steps,
      count: flags.batch,
      batchSize: flags.batch,
      imageShape: [32, 32, 3],
      rng: createRng(1),
    });
  const started = performance.now();
  await once();
  return { once, first: performance.now() - started };
}
