import '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@immiscible/backend';
import { flowMatchingObjective } from '@immiscible/flow-matching';
import { availableBackends, describeTrainingStep, type TrainingStep } from '@immiscible/testing';
import { beforeAll, describe } from 'vitest';

type Fixture = Omit<TrainingStep, 'name' | 'objective'> & { readonly times: readonly number[] };
const { times, ...step } = JSON.parse(
  readFileSync(new URL('fixtures/training.json', import.meta.url), 'utf8'),
) as Fixture;

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  const objective = () => flowMatchingObjective({ times: () => Float32Array.from(times) });
  describeTrainingStep([{ ...step, name: 'rectified flow', objective }]);
});
