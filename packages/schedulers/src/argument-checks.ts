import { type Batch, check, checkNdArray, rowMajor } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import type { NdArray } from 'ndarray';
import type { NoiseSchedule } from './noise-schedule.js';
import type { Prediction } from './prediction.js';

/**
 * The elements of a float32 host array in row-major order, whatever its strides.
 *
 * @param fn - the function that was called, for errors
 * @param name - the argument's name, for errors
 * @param array - of any strides; borrowed
 * @returns borrowed where the array is contiguous: not to be changed
 * @throws TypeError if it is no `NdArray` on a `Float32Array`
 * @throws RangeError if shape and strides reach outside the data
 */
export function float32Data(fn: string, name: string, array: NdArray<Float32Array>): Float32Array {
  const data = rowMajor(fn, name, array);
  if (!(data instanceof Float32Array)) {
    const kind = (data as object).constructor.name;
    const fix = 'ndarray(Float32Array.from(x.data), x.shape, x.stride, x.offset) is one';
    throw new TypeError(`${fn}: ${name} must be float32, got an NdArray on a ${kind}; ${fix}`);
  }
  return data;
}

/**
 * @param fn - the function that was called, for errors
 * @param batch - what was given as a batch
 * @throws TypeError unless images and noise are host arrays
 * @throws RangeError unless images are of shape [B,H,W,C]
 */
export function checkBatch(fn: string, batch: Batch): void {
  const { x0, noise } = (batch ?? {}) as Partial<Batch>;
  checkNdArray(fn, 'batch.x0', x0);
  checkNdArray(fn, 'batch.noise', noise);
  check(x0?.shape.length === 4, fn, 'batch.x0', 'of shape [B,H,W,C]', x0?.shape);
}

/**
 * @param fn - the function that was called, for errors
 * @param schedule - what was given as a schedule
 * @throws RangeError unless it is a schedule: tables of T float64 values
 */
export function checkSchedule(fn: string, schedule: NoiseSchedule): void {
  const { alphaBar, timesteps } = (schedule ?? {}) as Partial<NoiseSchedule>;
  const fits = alphaBar instanceof Float64Array && alphaBar.length === timesteps;
  check(fits, fn, 'schedule', 'a NoiseSchedule', schedule, 'linearSchedule() makes one');
}

/**
 * @param fn - the function that was called, for errors
 * @param prediction - what was given as a prediction
 * @throws RangeError unless the kind of prediction is known
 */
export function checkPrediction(fn: string, prediction: Prediction): void {
  const known = ['epsilon', 'x0', 'vPrediction'].includes(prediction);
  check(known, fn, 'prediction', '"epsilon", "x0" or "vPrediction"', prediction);
}

/**
 * @param fn - the function that was called, for errors
 * @param model - what was given as a model
 * @throws RangeError unless it has `init` and `apply`
 */
export function checkModel(fn: string, model: Model): void {
  const { init, apply } = (model ?? {}) as Partial<Model>;
  const fits = typeof apply === 'function' && typeof init === 'function';
  check(fits, fn, 'model', 'a Model, with init and apply', model, 'unet(…) of @immiscible/unet makes one');
}
