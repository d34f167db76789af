import '@tensorflow/tfjs';
import { createRng, type Rng } from '@immiscible/core';
import {
  colorize,
  consistencyDistillation,
  consistencyFunction,
  consistencySample,
  consistencyScales,
  consistencyTraining,
  consistencyView,
  doublingLevels,
  easyConsistencyTuning,
  improvedConsistencyTraining,
  inpaint,
  risingLevels,
  superResolve,
  teacherDecay,
} from '@immiscible/consistency';
import { closedFormModel as model, describeBorder, gaussianBatch } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll } from 'vitest';

const sigmas = [80, 1];
const edit = { sigmas, batchSize: 2, rng: createRng(0) };
const sampling = { ...edit, count: 3, imageShape: [4, 4, 3] } as const;
const teacher = { denoiser: model, params: {} };
const curriculum = { steps: 9, first: 1, last: 2 };
const batch = () => gaussianBatch(createRng(1), { count: 3, shape: [4, 4, 3] });
const images = batch().x0;
const gray = images.pick(null, null, null, 0);
const objectives = {
  consistencyTraining: (extra: object) => consistencyTraining({ steps: 9, ...extra }),
  improvedConsistencyTraining: (extra: object) => improvedConsistencyTraining({ steps: 9, ...extra }),
  easyConsistencyTuning: (extra: object) => easyConsistencyTuning({ stageSteps: 9, ...extra }),
  consistencyDistillation: (extra: object) => consistencyDistillation({ teacher, ...extra }),
};
const objectiveCalls = Object.entries(objectives);

beforeAll(() => tf.setBackend('cpu'));

/** About half of the pixels, by the sign of values that are seen through the same view. */
function signs(view: NdArray<Float32Array>): NdArray<Float32Array> {
  const data = view.data.map((value) => Number(value > 0));
  return ndarray(data, view.shape, view.stride, view.offset);
}

describeBorder({
  shape: [3, 4, 4, 3],
  hostArrays: {
    consistencySample: (initial) => consistencySample(model, {}, { ...sampling, initial }),
    inpaint: (x) => inpaint(model, {}, { ...edit, images: x, mask: signs(x.pick(null, null, null, 0)) }),
    'inpaint, one mask': (x) =>
      inpaint(model, {}, { ...edit, images: x, mask: signs(x.pick(0, null, null, 1)) }),
    superResolve: (x) => superResolve(model, {}, { ...edit, images: x, factor: 2 }),
    colorize: (x) => colorize(model, {}, { ...edit, gray: x.pick(null, null, null, 1) }),
    ...Object.fromEntries(
      objectiveCalls.map(([name, make]) => [
        name,
        (x: NdArray<Float32Array>) => make({}).prepare({ x0: x, noise: x }, createRng(0), 0),
      ]),
    ),
  },
  options: {
    ...objectives,
    consistencySample: (extra) => consistencySample(model, {}, { ...sampling, ...extra }),
    inpaint: (extra) => inpaint(model, {}, { ...edit, images, mask: signs(gray), ...extra }),
    superResolve: (extra) => superResolve(model, {}, { ...edit, images, factor: 2, ...extra }),
    colorize: (extra) => colorize(model, {}, { ...edit, gray, ...extra }),
    consistencyFunction: (extra) => consistencyFunction(model, extra),
    consistencyScales: (extra) => consistencyScales(1, extra),
    consistencyView: (extra) => consistencyView(extra),
    risingLevels: (extra) => risingLevels(1, { ...curriculum, ...extra }),
    doublingLevels: (extra) => doublingLevels(1, { ...curriculum, ...extra }),
  },
  streams: Object.fromEntries(
    objectiveCalls.map(([name, make]) => [name, (rng: Rng) => make({}).prepare(batch(), rng, 0)]),
  ),
  refusals: [
    {
      name: 'British spelling',
      call: () => colorize(model, {}, { ...edit, grey: 1 } as never),
      message: 'colorize: options has no key "grey"; did you mean "gray"?',
    },
    {
      name: 'a tensor in place of a host array',
      call: () => colorize(model, {}, { ...edit, gray: tf.zeros([1, 2, 2]) } as never),
      message: 'colorize: gray must be an NdArray on a typed array, got a tensor',
    },
    {
      name: 'distillation without a teacher',
      call: () => consistencyDistillation({} as never),
      message: 'consistencyDistillation: teacher must be an object, got',
    },
    {
      name: 'a decay beyond 1',
      call: () => teacherDecay(1, 1.5, curriculum),
      message: 'teacherDecay: start must be in (0, 1), got 1.5',
    },
  ],
});
