// The script of a twin's host thread.
import { serveHostSide } from '@immiscible/trainer/worker';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';
import { coupledObjective, createCoupling } from '../registry/couplings.js';
import { createHostParts } from './parts.js';

/** What the thread makes its part of the run from. */
export interface HostThreadData {
  readonly config: ExperimentConfig;
  readonly coupling: TwinConfig['coupling'];
}

serveHostSide(async ({ config, coupling }: HostThreadData) => {
  const { batches, method, trainRng } = await createHostParts(config);
  return {
    batches,
    transform: createCoupling(coupling),
    objective: coupledObjective(coupling, method),
    rng: trainRng,
  };
});
