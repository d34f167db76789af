import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import {
  ancestral,
  dpmSolver,
  sample,
  straightPath,
  varianceExploding,
  variancePreserving,
  type View,
} from '@immiscible/sampling';
import { conversionForm } from '@immiscible/schedulers';
import { closedFormModel, closedFormRun } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

/** A solver of real diffusers with a model and draws of closed form (fixtures/solvers.py). */
interface Case {
  readonly name: 'dpm' | 'ancestral';
  readonly prediction: 'epsilon' | 'vPrediction' | 'velocity';
  readonly order: 1 | 2 | 3;
  readonly eta: number;
  readonly lowerOrderFinal: boolean;
  readonly start: readonly number[];
  readonly grid: readonly number[];
  readonly times: readonly number[];
  readonly end: readonly number[];
}
const { solvers } = JSON.parse(readFileSync(new URL('fixtures/solvers.json', import.meta.url), 'utf8')) as {
  solvers: readonly Case[];
};

/** What the case's model says, in the frame that diffusers' class of solver has. */
function viewOf({ name, prediction, grid, times }: Case): View {
  const timeAt = (u: number) => times[Math.min(grid.indexOf(u), times.length - 1)]!;
  const shared = { grid: () => grid, reach: grid, initialScale: () => 1 };
  if (prediction === 'velocity') {
    const read = (t: number) => ({ time: timeAt(t), x0: { xt: 1, output: -t } });
    return { ...shared, frame: straightPath, read };
  }
  const read = (sigma: number) => {
    const { signalScale, noiseScale } = variancePreserving.at(sigma);
    const { xt, output } = conversionForm(prediction, 'x0', { signalScale, noiseScale });
    if (name === 'dpm') return { time: timeAt(sigma), x0: { xt, output } };
    // Euler's classes hold xt/√ᾱ.
    return { time: timeAt(sigma), input: signalScale, x0: { xt: xt * signalScale, output } };
  };
  return { ...shared, frame: name === 'dpm' ? variancePreserving : varianceExploding, read };
}

beforeAll(() => tf.setBackend('cpu'));

describe('solvers of diffusers', () => {
  it.each(solvers)('$name order $order, η $eta, $prediction, $lowerOrderFinal', async (one) => {
    const { name, order, eta, lowerOrderFinal, grid, start, end } = one;
    const solver =
      name === 'dpm'
        ? dpmSolver({ order, eta, lowerOrderFinal, halfCurvature: true })
        : ancestral({ eta: 1 });
    const options = { view: viewOf(one), solver, grid };
    const { data } = await sample(closedFormModel, {}, { ...options, ...closedFormRun(start) });
    // From epsilon, estimates are up to 157 times as large, and so is their rounding.
    const largest = Math.max(...end.map(Math.abs));
    end.forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThan(1e-6 * Math.max(5, largest)));
  });
});
