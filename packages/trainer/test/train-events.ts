import type { StepEvent, TrainEvent } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { collect } from './tiny.js';

export const types = (events: readonly TrainEvent[]) => events.map((event) => `${event.type} ${event.step}`);
export const steps = (events: readonly TrainEvent[]) =>
  events.filter((event): event is StepEvent => event.type === 'step');

/** What a run ends with, and whether it leaves tensors behind. */
export async function failure(run: () => AsyncIterable<unknown>): Promise<Error> {
  const tensors = tf.memory().numTensors;
  const error = await (async () => collect(run()))().then(
    () => new Error('nothing thrown'),
    (thrown: unknown) => thrown as Error,
  );
  expect(tf.memory().numTensors).toBe(tensors);
  return error;
}
