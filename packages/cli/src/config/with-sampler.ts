import { UsageError } from '@immiscible/command-line';
import { methodSchema } from '../registry/methods.js';
import type { ExperimentConfig } from './experiment.js';
import { explain } from './explain.js';

/**
 * A config with another sampler. Which timesteps are visited stays as it is: that is no solver's.
 *
 * @param text - `NAME`, or `NAME,KEY=VALUE,…`
 * @throws UsageError if the method has no such sampler, or the sampler no such option
 */
export function withSampler(config: ExperimentConfig, text: string): ExperimentConfig {
  const [kind = '', ...options] = text.split(',').map((part) => part.trim());
  const { sampler } = config.method;
  const method = {
    ...config.method,
    sampler: {
      ...(sampler && 'spacing' in sampler && { spacing: sampler.spacing }),
      kind,
      ...Object.fromEntries(options.map(optionOf)),
    },
  };
  const result = methodSchema.safeParse(method);
  if (result.success) return { ...config, method: result.data };
  const found = explain(result.error, methodSchema, method);
  throw new UsageError(`--sampler ${text}: ${found.join(`\n--sampler ${text}: `)}`);
}

function optionOf(text: string): [key: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--sampler must be NAME or NAME,KEY=VALUE,…, got ${text} after a comma`);
  return [text.slice(0, at).trim(), valueOf(text.slice(at + 1).trim())];
}

/** A number or a truth value, else a word. */
function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? text : number;
}
