import { expect, it } from 'vitest';
import {
  adam,
  adamW,
  chain,
  cosineDecay,
  ema,
  inverseSqrtDecay,
  linear,
  rAdam,
  scaleByAdam,
  scaleByLearningRate,
  warmup,
} from './index.js';

it.each<[() => unknown, string]>([
  [
    () => adam({ lr: 1e-3 } as never),
    'adam: options has no key "lr"; its keys are beta1, beta2, epsilon, learningRate',
  ],
  [
    () => adam({ learningrate: 1e-3 } as never),
    'adam: options has no key "learningrate"; did you mean "learningRate"?',
  ],
  [() => adam({} as never), 'adam: learningRate must be a number or a function of the step, got undefined'],
  [
    () => adam({ learningRate: Number.NaN }),
    'adam: learningRate must be a number or a function of the step, got NaN',
  ],
  [() => adam({ learningRate: 1, weightDecay: 0.1 } as never), 'adam: options has no key "weightDecay"'],
  [() => adam(1e-3 as never), 'adam: options must be an object, got a number'],
  [
    () => adamW({ learningRate: 1, decay: 0.1 } as never),
    'adamW: options has no key "decay"; did you mean "weightDecay"?',
  ],
  [() => adamW({} as never), 'adamW: learningRate must be'],
  [
    () => rAdam({ learningRate: '1' } as never),
    'rAdam: learningRate must be a number or a function of the step, got "1"',
  ],
  [
    () => rAdam({ learningRate: 1, betas: [0.9, 0.99] } as never),
    'rAdam: options has no key "betas"; did you mean',
  ],
  [() => scaleByAdam({ learningRate: 1 } as never), 'scaleByAdam: options has no key "learningRate"'],
  [() => scaleByLearningRate(undefined as never), 'scaleByLearningRate: learningRate must be'],
  [() => ema({ decay: 0.9, halfLife: 3 } as never), 'ema: options has no key "halfLife"'],
  [() => ema(0.999 as never), 'ema: options must be an object, got a number'],
  [
    () => linear({ from: 0, to: 1, step: 5 } as never),
    'linear: options has no key "step"; did you mean "steps"?',
  ],
  [() => linear({ from: 0, steps: 5 } as never), 'linear: from and to must be numbers, got [0,undefined]'],
  [() => cosineDecay({ start: 1, steps: 5 } as never), 'cosineDecay: options has no key "start"'],
  [() => inverseSqrtDecay({ from: 1, reference: 5 } as never), 'inverseSqrtDecay: options has no key "from"'],
  [
    () => inverseSqrtDecay({ reference: 5 } as never),
    'inverseSqrtDecay: value must be a number, got undefined',
  ],
  [
    () => warmup(5, undefined as never),
    'warmup: schedule must be a number or a function of the step, got undefined',
  ],
  [
    () => chain([adam({ learningRate: 1 })] as never),
    'chain: argument 0 must be a transformation with init, scalars and update',
  ],
])('refuses what it doesn’t know: %#', (call, message) => {
  expect(call).toThrow(message);
});
