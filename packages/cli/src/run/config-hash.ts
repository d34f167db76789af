import { createHash } from 'node:crypto';
import type { ExperimentConfig, TwinConfig } from '../config/experiment.js';

/** Identifies what a checkpoint may be continued and sampled with: all of a config that isn't a name, and the twin's coupling. */
export function configHash(config: ExperimentConfig, twin: TwinConfig): string {
  const { twins: _twins, name: _name, title: _title, ...rest } = config;
  return createHash('sha256')
    .update(JSON.stringify([rest, twin.coupling]))
    .digest('hex')
    .slice(0, 16);
}
