import { describeNoiseSchedule } from '@immiscible/testing/host';
import {
  cosineSchedule,
  exponentialSchedule,
  linearSchedule,
  noiseSchedule,
  rescaleZeroTerminalSnr,
  scaledLinearSchedule,
  sigmoidBetaSchedule,
  sigmoidSchedule,
} from '@immiscible/schedulers';

const makers = {
  linearSchedule,
  scaledLinearSchedule,
  cosineSchedule,
  sigmoidSchedule,
  sigmoidBetaSchedule,
  exponentialSchedule,
};
for (const [name, make] of Object.entries(makers)) {
  describeNoiseSchedule(name, (timesteps) => make({ timesteps }));
}
// DDPM's β for any number of timesteps; the last may be pure noise.
const evenBeta = (timesteps: number) =>
  noiseSchedule(Float64Array.from({ length: timesteps }, (_, t) => 1e-4 + (0.0199 * t) / timesteps));
describeNoiseSchedule('noiseSchedule', evenBeta);
describeNoiseSchedule('rescaleZeroTerminalSnr', (timesteps) =>
  timesteps === 1 ? evenBeta(1) : rescaleZeroTerminalSnr(evenBeta(timesteps)),
);
