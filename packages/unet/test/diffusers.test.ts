import { selectBackend } from '@immiscible/backend';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '@immiscible/formats';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromDiffusers, toDiffusers, unet } from '../src/index.js';
import { wave } from './wave.js';

interface Case {
  config: Record<string, unknown>;
  imageShape: [number, number, number, number];
  time: number[];
  labels: number[] | null;
  shapes: Record<string, number[]>;
  output: number[];
}

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/diffusers.json', import.meta.url), 'utf8'),
) as Record<string, Case>;

const size = (shape: readonly number[]) => shape.reduce((count, length) => count * length, 1);

/** The formula of diffusers.py: the index is the place in the order of the listing. */
function tensorsOf({ shapes }: Case): Record<string, SafetensorsEntry> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => {
      const gain = 1 / Math.sqrt(size(shape.slice(1)) / 2);
      const value = (v: number) =>
        name === 'time_proj.weight'
          ? 0.5 * v
          : name.endsWith('bias')
            ? 0.3 * v
            : name.includes('norm')
              ? 1 + 0.3 * v
              : name === 'class_embedding.weight'
                ? v
                : v * gain;
      return [name, { dtype: 'F32', shape, data: wave(shape, index).map(value) }];
    }),
  );
}
const fileOf = (fixture: Case) => encodeSafetensors(tensorsOf(fixture));

const backends = await availableBackends(selectBackend);
const named = backends.flatMap((backend) =>
  Object.entries(cases).map(([name, fixture]) => ({ backend, name, fixture })),
);

describe.each(named)('on $backend, a UNet2DModel with $name', ({ backend, fixture }) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it("gives diffusers' output within 1e-5", () => {
    tf.tidy(() => {
      const { model, params } = fromDiffusers(JSON.stringify(fixture.config), fileOf(fixture));
      const x = tf.tensor4d(wave(fixture.imageShape, 0.5), fixture.imageShape);
      const options = fixture.labels ? { labels: tf.tensor1d(fixture.labels, 'int32') } : {};
      const y = model.apply(params, x, tf.tensor1d(fixture.time), options);
      expect(y.size).toBe(fixture.output.length);
      const scale = Math.max(...fixture.output.map(Math.abs));
      const values = y.dataSync();
      const worst = Math.max(...fixture.output.map((value, i) => Math.abs(values[i]! - value)));
      expect(worst / scale).toBeLessThan(1e-5);
    });
  });
});

describe.each(Object.entries(cases))('a UNet2DModel with %s', (_, fixture) => {
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
  });

  it('is written as it was read', async () => {
    const { model, params } = fromDiffusers(JSON.stringify(fixture.config), fileOf(fixture));
    const files = await toDiffusers(model, params, { sampleSize: 8 });
    const written = decodeSafetensors(files.weights).tensors;
    const names = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' };
    const newest = (name: string) =>
      name.replace(/\.(query|key|value|proj_attn)\./, (_, old: keyof typeof names) => `.${names[old]}.`);
    const original = Object.entries(tensorsOf(fixture)).map(([name, entry]) => [newest(name), entry]);
    expect(written).toEqual(Object.fromEntries(original));
    // And the configuration says the same network.
    const again = fromDiffusers(files.config, files.weights);
    expect(again.model.config).toEqual(model.config);
    tf.dispose([params, again.params] as tf.TensorContainer);
  });

  it('is not written by options that do not exist', async () => {
    const { model, params } = fromDiffusers(JSON.stringify(fixture.config), fileOf(fixture));
    await expect(toDiffusers(model, params, { samplesize: 8 } as never)).rejects.toThrow(
      'toDiffusers: options has no key "samplesize"; did you mean "sampleSize"?',
    );
    tf.dispose(params as tf.NamedTensorMap);
  });

  it('leaves no tensors behind but its parameters', async () => {
    const [config, file] = [JSON.stringify(fixture.config), fileOf(fixture)];
    await expectNoLeak(() => fromDiffusers(config, file).params as tf.NamedTensorMap);
  });
});

describe('what diffusers saved is refused', () => {
  const fixture = Object.values(cases)[0]!;
  const refused = (change: object) => () =>
    fromDiffusers(JSON.stringify({ ...fixture.config, ...change }), fileOf(fixture));

  it.each([
    [
      { act_fn: 'mish' },
      'fromDiffusers: config.act_fn must be "silu" or "swish" (what is supported), got "mish"',
    ],
    [
      { down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'SkipDownBlock2D'] },
      'fromDiffusers: config.down_block_types[2] must be one of DownBlock2D, ResnetDownsampleBlock2D, AttnDownBlock2D, got "SkipDownBlock2D"',
    ],
    [
      { up_block_types: ['UpBlock2D', 'UpBlock2D', 'UpBlock2D'] },
      'fromDiffusers: config.up_block_types[1] must be "AttnUpBlock2D", as AttnDownBlock2D is on the way down, got "UpBlock2D"',
    ],
    [
      { class_embed_type: 'timestep' },
      'fromDiffusers: config.class_embed_type must be null (what is supported), got "timestep"',
    ],
    [
      { time_embedding_type: 'learned' },
      'fromDiffusers: config.time_embedding_type must be "positional" or "fourier" (what is supported), got "learned"',
    ],
    [
      { resnet_time_scale_shift: 'scale_shift' },
      'fromDiffusers: config.attn_norm_num_groups must be 4 (what is supported), got null',
    ],
    [
      { downsample_type: 'resnet' },
      'fromDiffusers: config.down_block_types must be all with one way to change sizes, got ["convolution","residual"]',
    ],
    [
      { cross_attention_dim: 768 },
      'fromDiffusers: config must have only keys of UNet2DModel, got "cross_attention_dim": 768; did you mean "add_attention"?',
    ],
    [
      { _class_name: 'UNet2DConditionModel' },
      'fromDiffusers: config._class_name must be "UNet2DModel", got "UNet2DConditionModel"',
    ],
    [
      { layers_per_block: 3 },
      'fromDiffusers: weights["down_blocks.0.resnets.2.norm1.weight"] must be of shape [8], got none',
    ],
  ])('with %j', (change, message) => {
    expect(refused(change)).toThrow(new RangeError(message));
  });

  it('where an array is left over', () => {
    const file = encodeSafetensors({
      ...tensorsOf(fixture),
      more: { dtype: 'F32', shape: [1], data: new Float32Array(1) },
    });
    expect(() => fromDiffusers(JSON.stringify(fixture.config), file)).toThrow(
      new RangeError(`fromDiffusers: weights must be without arrays that aren't the network's, got "more"`),
    );
  });

  it('nor can a network be written that no UNet2DModel is', async () => {
    await expect(toDiffusers(unet({ preset: 'fashion-14' }), {})).rejects.toThrow(
      new RangeError('toDiffusers: config.stem.spaceToDepth must be 1, as UNet2DModel has it, got 2'),
    );
  });
});
