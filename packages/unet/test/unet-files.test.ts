import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '@immiscible/formats';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { floatValues } from '../src/float-values.js';
import { readUnet, unet, type UnetConfig, writeUnet } from '../src/index.js';

const small: UnetConfig = {
  imageChannels: 1,
  channels: 8,
  channelMultipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 4,
};

/** The bytes of halves.safetensors, which torch wrote, and the numbers that are in them. */
const halves = JSON.parse(readFileSync(new URL('./fixtures/halves.json', import.meta.url), 'utf8')) as {
  file: string;
  values: Record<string, (number | string)[]>;
};

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

describe('a network written to files', () => {
  it('is read back bit for bit, and gives the same bytes again', async () => {
    const model = unet(small);
    const params = model.init(createRng(0));
    const files = await writeUnet(model, params);
    const back = readUnet(files.config, files.weights);
    expect(back.model.config).toEqual(model.config);
    expect(Object.keys(back.params)).toEqual(Object.keys(params));
    for (const [name, tensor] of Object.entries(params)) {
      expect(back.params[name]!.shape).toEqual(tensor.shape);
      expect(back.params[name]!.dataSync()).toEqual(tensor.dataSync());
    }
    expect(await writeUnet(back.model, back.params)).toEqual(files);
    tf.dispose([params, back.params] as tf.TensorContainer);
  });

  it('leaks nothing, also where it is refused', async () => {
    const model = unet(small);
    const params = model.init(createRng(0));
    const { config, weights } = await writeUnet(model, params);
    await expectNoLeak(() => readUnet(config, weights).params as tf.NamedTensorMap);
    const { tensors } = decodeSafetensors(weights);
    const { 'head.bias': _, ...rest } = tensors;
    const refused = (entries: Record<string, SafetensorsEntry>, message: string) =>
      expectNoLeak(() => {
        expect(() => readUnet(config, encodeSafetensors(entries))).toThrow(new RangeError(message));
        return [];
      });
    await refused(rest, 'readUnet: weights["head.bias"] must be of shape [1], got none');
    await refused(
      { ...rest, 'head.bias': { dtype: 'F32', shape: [2], data: new Float32Array(2) } },
      'readUnet: weights["head.bias"] must be of shape [1], got [2]',
    );
    await refused(
      { ...tensors, more: { dtype: 'F32', shape: [2], data: new Float32Array(2) } },
      `readUnet: weights must be without arrays that aren't the network's, got "more"`,
    );
    await refused(
      { ...rest, 'head.bias': { dtype: 'U8', shape: [1], data: new Uint8Array(1) } },
      'readUnet: weights["head.bias"] must be of dtype F32, F16, BF16, F64, I64, got "U8"',
    );
    tf.dispose(params as tf.NamedTensorMap);
  });

  it('is refused where the configuration is no JSON, or no object', () => {
    expect(() => readUnet('{', new Uint8Array())).toThrow(/^readUnet: config must be JSON, got /);
    expect(() => readUnet('[1]', new Uint8Array())).toThrow(
      new RangeError('readUnet: config must be a JSON object, got [1]'),
    );
  });

  it('is refused without all its parameters', async () => {
    await expect(writeUnet(unet(small), {})).rejects.toThrow(
      new RangeError('writeUnet: params["time.0.weight"] must be of shape [8,32], got none'),
    );
  });
});

describe('numbers of other types', () => {
  const { tensors } = decodeSafetensors(Buffer.from(halves.file, 'base64'));

  it.each(Object.keys(halves.values))('%s are those that torch reads', (name) => {
    const expected = halves.values[name]!.map(Number);
    expect([...floatValues('fn', name, tensors[name]!)]).toEqual(expected.map(Math.fround));
  });
});
