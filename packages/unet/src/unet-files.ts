import * as tf from '@tensorflow/tfjs-core';
import { check } from '@immiscible/core';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '@immiscible/formats';
import type { Params } from '@immiscible/core/tensors';
import { checkShape } from './check-shape.js';
import type { UnetConfig } from './unet-config.js';
import { floatValues } from './float-values.js';
import { type Unet, unet } from './unet.js';

/** A network as two files. */
export interface UnetFiles {
  /** JSON: the configuration, as {@link unet} takes it. */
  readonly config: string;
  /** safetensors: the weights by their names, F32. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** A network and its weights. */
export interface UnetWithParams {
  /** The network. */
  readonly model: Unet;
  /** Owned by the caller. */
  readonly params: Params;
}

/**
 * A network as two files, `config.json` and `weights.safetensors`. The same network gives the same bytes.
 *
 * @param model - the network
 * @param params - the model's; borrowed
 * @throws RangeError unless `params` has each of the model's parameters, in its shape
 * @example
 * const { config, weights } = await writeUnet(model, params);
 * await writeFile('weights.safetensors', weights);
 */
export async function writeUnet(model: Unet, params: Params): Promise<UnetFiles> {
  const fn = 'writeUnet';
  const entries: Record<string, SafetensorsEntry> = {};
  for (const [name, shape] of Object.entries(model.shapes)) {
    const tensor = params[name];
    checkShape(fn, `params["${name}"]`, shape, tensor?.shape);
    // A copy: some backends give out the tensor's own memory.
    const data = Float32Array.from(await (tensor as tf.Tensor).data());
    entries[name] = { dtype: 'F32', shape, data };
  }
  return { config: `${JSON.stringify(model.config, null, 2)}\n`, weights: encodeSafetensors(entries) };
}

/**
 * The network of two files, as {@link writeUnet} makes them.
 *
 * @param config - the text of `config.json`
 * @param weights - the bytes of `weights.safetensors`; borrowed
 * @throws RangeError if the configuration is no JSON or makes no sense, the weights are no whole safetensors file, or
 *   an array is missing, is not one of the network's, or is of another shape
 * @example
 * const { model, params } = readUnet(await readFile('config.json', 'utf8'), await readFile('weights.safetensors'));
 */
export function readUnet(config: string, weights: Uint8Array): UnetWithParams {
  const fn = 'readUnet';
  const model = unet(parseConfig(fn, config) as unknown as UnetConfig);
  const { tensors } = decodeSafetensors(weights);
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(model.shapes, name));
  check(extra === undefined, fn, 'weights', "without arrays that aren't the network's", extra);
  const arrays = Object.entries(model.shapes).map(([name, shape]) => {
    const entry = tensors[name];
    checkShape(fn, `weights["${name}"]`, shape, entry?.shape);
    return [name, floatValues(fn, name, entry as SafetensorsEntry), shape] as const;
  });
  // Only now, so that an error leaves no tensors behind.
  return {
    model,
    params: Object.fromEntries(arrays.map(([name, values, shape]) => [name, tf.tensor(values, [...shape])])),
  };
}

/** The object that a JSON text describes. */
export function parseConfig(fn: string, config: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch (cause) {
    throw new RangeError(`${fn}: config must be JSON, got ${(cause as Error).message}`, { cause });
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  check(isObject, fn, 'config', 'a JSON object', parsed);
  return parsed as Record<string, unknown>;
}
