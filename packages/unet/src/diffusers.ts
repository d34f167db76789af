import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '@immiscible/formats';
import type { Params } from '@immiscible/core/tensors';
import { checkShape } from './check-shape.js';
import { configFromDiffusers, configToDiffusers } from './diffusers-config.js';
import { diffusersNames } from './diffusers-names.js';
import { floatValues } from './float-values.js';
import { parseConfig, type UnetFiles, type UnetWithParams } from './unet-files.js';
import { type Unet, unet } from './unet.js';

const FREQUENCIES = 'time_proj.weight';

/**
 * A network that diffusers saved: a `UNet2DModel` with the weights that it has there, so that it gives what it gives
 * there but for rounding.
 *
 * Blocks `DownBlock2D`, `AttnDownBlock2D` and `ResnetDownsampleBlock2D` and their partners on the way up are known; the
 * weights' names those of any version.
 *
 * @param config - the text of `config.json`
 * @param weights - the bytes of `diffusion_pytorch_model.safetensors`; F32, F16, BF16 or F64
 * @throws RangeError naming the key, its value and what is supported, or the array that is missing, in the way, or of
 *   another shape
 * @example
 * const { model, params } = fromDiffusers(await readFile('config.json', 'utf8'), await readFile('….safetensors'));
 */
export function fromDiffusers(config: string, weights: Uint8Array): UnetWithParams {
  const fn = 'fromDiffusers';
  const given = parseConfig(fn, config);
  const { tensors } = decodeSafetensors(weights);
  const { [FREQUENCIES]: projection } = tensors;
  const frequencies = projection && Array.from(floatValues(fn, FREQUENCIES, projection));
  const model = unet(configFromDiffusers(fn, given, frequencies));
  const levels = model.config.channelMultipliers.length;

  const used = new Set([FREQUENCIES]);
  const values = Object.entries(model.shapes).map(([name, shape]) => {
    const theirs = diffusersNames(name, levels);
    const parts = theirs.map((names) => {
      const found = names.find((each) => Object.hasOwn(tensors, each));
      const wanted = theirShape(name, shape, theirs.length);
      const entry = found === undefined ? undefined : (tensors[found] as SafetensorsEntry);
      checkShape(fn, `weights["${names[0]}"]`, wanted, entry?.shape);
      used.add(found as string);
      return floatValues(fn, found as string, entry as SafetensorsEntry);
    });
    return [name, shape, turned(joined(parts), flipped(name, shape))] as const;
  });
  const extra = Object.keys(tensors).find((name) => !used.has(name));
  check(extra === undefined, fn, 'weights', "without arrays that aren't the network's", extra);
  return {
    model,
    params: Object.fromEntries(values.map(([name, shape, data]) => [name, tf.tensor(data, [...shape])])),
  };
}

/** What {@link toDiffusers} can't know of the network. */
export interface ToDiffusersOptions {
  /** Height and width of the images, which diffusers' pipelines look up in the configuration. */
  readonly sampleSize?: number | readonly [number, number];
}

/**
 * A network as diffusers' `UNet2DModel.from_pretrained` reads it: the texts of `config.json` and the bytes of
 * `diffusion_pytorch_model.safetensors`. What {@link fromDiffusers} read is written back bit for bit.
 *
 * @param model - the network; its configuration is written
 * @param params - the model's; borrowed
 * @param options - what the network doesn't know
 * @throws RangeError naming the key whose value no `UNet2DModel` has, or the parameter that is missing
 */
export async function toDiffusers(
  model: Unet,
  params: Params,
  options: ToDiffusersOptions = {},
): Promise<UnetFiles> {
  const fn = 'toDiffusers';
  checkOptions(fn, options, { sampleSize: true } satisfies OptionKeys<ToDiffusersOptions>);
  const config = configToDiffusers(fn, model.config, options.sampleSize);
  const entries: Record<string, SafetensorsEntry> = {};
  const { timeEmbedding } = model.config;
  if (timeEmbedding.type === 'fourier') {
    const data = Float32Array.from(timeEmbedding.frequencies);
    entries[FREQUENCIES] = { dtype: 'F32', shape: [data.length], data };
  }
  for (const [name, shape] of Object.entries(model.shapes)) {
    const tensor = params[name];
    checkShape(fn, `params["${name}"]`, shape, tensor?.shape);
    const values = Float32Array.from(await (tensor as tf.Tensor).data());
    const [positions, inputs, outputs] = flipped(name, shape);
    const data = turned(values, [outputs, inputs, positions]);
    const theirs = diffusersNames(name, model.config.channelMultipliers.length);
    const size = data.length / theirs.length;
    theirs.forEach(([newest], k) => {
      entries[newest as string] = {
        dtype: 'F32',
        shape: theirShape(name, shape, theirs.length),
        data: data.slice(k * size, (k + 1) * size),
      };
    });
  }
  return {
    config: `${JSON.stringify(config, null, 2)}\n`,
    weights: encodeSafetensors(entries, { format: 'pt' }),
  };
}

/**
 * A parameter as [positions of the kernel, inputs, outputs], the order of which is the other way round in torch. What is
 * the same there is one long input.
 */
function flipped(name: string, shape: readonly number[]): [number, number, number] {
  const size = shape.reduce((count, length) => count * length, 1);
  if (shape.length === 1 || name === 'label.weight') return [1, size, 1];
  const [inputs, outputs] = shape.slice(-2) as [number, number];
  return [size / (inputs * outputs), inputs, outputs];
}

/** The shape in torch of each of the `count` parameters that one of ours is made of. */
function theirShape(name: string, shape: readonly number[], count: number): number[] {
  const last = (shape.at(-1) as number) / count;
  if (shape.length === 1) return [last];
  if (name === 'label.weight') return [...shape];
  const inputs = shape.at(-2) as number;
  const kernel = shape.slice(0, -2);
  return name.endsWith('.skip.weight') ? [last, inputs, 1, 1] : [last, inputs, ...kernel];
}

/** From torch's [outputs, inputs, positions] to [positions, inputs, outputs], of the sizes given in the latter order. */
function turned(values: Float32Array, [a, b, c]: readonly [number, number, number]): Float32Array {
  const result = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < c; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < a; k++) result[(k * b + j) * c + i] = values[at++] as number;
    }
  }
  return result;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
