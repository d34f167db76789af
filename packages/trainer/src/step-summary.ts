import * as tf from '@tensorflow/tfjs-core';
import type { StepEvent, StepSeconds } from './events.js';
import type { Distance } from './host-side.js';
import type { StepOutputs } from './training-step.js';

/** Loss and gradient norm of one step, on the host. */
export interface Reading {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** What is known of the steps since the last step event. */
export interface StepSummary {
  /** One more step; takes its outputs over. */
  add(outputs: StepOutputs, distance: Distance, seconds: StepSeconds): void;
  /** Downloads what the steps since the last call have put out, in one piece, and forgets them. */
  read(): Promise<{
    readonly readings: readonly Reading[];
    readonly summary: Pick<StepEvent, 'loss' | 'gradientNorm' | 'distance' | 'seconds'>;
  }>;
  dispose(): void;
}

/** A summary of no steps yet. */
export function createStepSummary(): StepSummary {
  let outputs: StepOutputs[] = [];
  let distances: Distance[] = [];
  let times: StepSeconds[] = [];
  const dispose = () => {
    for (const { loss, gradientNorm } of outputs) tf.dispose([loss, gradientNorm]);
    outputs = [];
  };
  return {
    add(output, distance, seconds) {
      outputs.push(output);
      distances.push(distance);
      times.push(seconds);
    },
    async read() {
      const packed = tf.stack(outputs.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]));
      dispose();
      const start = performance.now();
      const values = await packed.data();
      packed.dispose();
      const waited = (performance.now() - start) / 1000;

      const readings = times.map((_, i) => ({
        loss: values[2 * i] as number,
        gradientNorm: values[2 * i + 1] as number,
      }));
      const sum = (key: keyof StepSeconds) => times.reduce((total, seconds) => total + seconds[key], 0);
      const summary = {
        loss: mean(readings.map(({ loss }) => loss)),
        gradientNorm: mean(readings.map(({ gradientNorm }) => gradientNorm)),
        distance: {
          before: mean(distances.map(({ before }) => before)),
          after: mean(distances.map(({ after }) => after)),
        },
        seconds: {
          total: sum('total') + waited,
          batch: sum('batch'),
          transform: sum('transform'),
          transformAhead: sum('transformAhead'),
          prepare: sum('prepare'),
          device: sum('device') + waited,
        },
      };
      distances = [];
      times = [];
      return { readings, summary };
    },
    dispose,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
