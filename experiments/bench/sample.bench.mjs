// Time of sampling: `npm run bench -- sample [--channels 64] [--batch 64] [--levels 3] [--steps 20] [--json] …`.
//
// DDIM of the network of `step`, all images in one batch; `--peer PYTHON` as there.
import { createRng } from '@immiscible/core';
import { ddimSample } from '@immiscible/ddim';
import { jitModel } from '@immiscible/jit';
import { linearSchedule } from '@immiscible/schedulers';
import { unet } from '@immiscible/unet';
import { selectBackend } from '@immiscible/backend';
import { median, memoryOf, networkOf, peerOf, readFlags, takeTurns } from './network.mjs';

export const name = 'sample';

export async function run({ args = [], json = false } = {}) {
  const flags = readFlags('sample', args);
  const engine = await selectBackend(flags.backend ? { backend: flags.backend } : {});
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
  const first = performance.now() - started;
  const peer = flags.peer ? await peerOf(flags, 'sample') : undefined;
  const times = await takeTurns({ ours: once, ...(peer ? { peer: peer.once } : {}) }, flags.rounds, 1);
  const result = {
    channels: flags.channels,
    batch: flags.batch,
    levels: flags.levels,
    steps: flags.steps,
    engine: `${engine.name} ${engine.version}`,
    jit: flags.jit,
    precision: flags.precision,
    median_ms: median(times.ours),
    first_ms: first,
    peak_memory_mb: memoryOf(),
    ...(peer ? { peer: { ...(await peer.end()), median_ms: median(times.peer) } } : {}),
  };
  if (peer) result.ratio = result.median_ms / result.peer.median_ms;
  if (!json) console.log(result);
  return result;
}
