import '@tensorflow/tfjs';
import { describeGradientTransformation } from '@immiscible/testing';
import {
  adam,
  adamW,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  flatten,
  identity,
  rAdam,
  scaleByAdam,
  scaleByLearningRate,
  warmup,
} from '@immiscible/optim';

const optimizers = {
  adam: () => adam({ learningRate: 0.01 }),
  'adam with a schedule': () => adam({ learningRate: warmup(10, cosineDecay({ from: 0.01, steps: 90 })) }),
  adamW: () => adamW({ learningRate: 0.01 }),
  rAdam: () => rAdam({ learningRate: 0.01 }),
  'gradient descent': () => scaleByLearningRate(0.01),
  'a chain': () =>
    chain(clipByGlobalNorm(1), scaleByAdam(), addDecayedWeights(0.01), scaleByLearningRate(0.01)),
  'a flattened chain': () => flatten(chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }))),
};
const decaying = ['adamW', 'a chain', 'addDecayedWeights'];
for (const [name, make] of Object.entries(optimizers)) {
  describeGradientTransformation(name, make as never, { rests: !decaying.includes(name) });
}

const pieces = {
  identity,
  clipByGlobalNorm: () => clipByGlobalNorm(1),
  scaleByAdam,
  addDecayedWeights: () => addDecayedWeights(0.1),
};
for (const [name, make] of Object.entries(pieces)) {
  describeGradientTransformation(name, make as never, { descends: false, rests: !decaying.includes(name) });
}
