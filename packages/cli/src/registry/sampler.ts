import { sample, type View } from '@immiscible/sampling';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import type { Method } from './method.js';
import { type NamedSolver, type SamplingSolverName, samplingSolvers } from './sampling-solvers.js';

type Shapes = Readonly<Record<string, z.ZodRawShape>>;
type Shape<Own extends Shapes, K> = K extends keyof Own
  ? Own[K]
  : K extends SamplingSolverName
    ? (typeof samplingSolvers)[K]['options']
    : never;

/** What a config may say of a method's sampler: a word, and what goes with it. */
export type SamplerConfig<Own extends Shapes, Shared extends z.ZodRawShape> = {
  [K in (keyof Own & string) | SamplingSolverName]: Checked<
    z.ZodObject<{ kind: z.ZodLiteral<K> } & Shared & Shape<Own, K>>
  >;
}[(keyof Own & string) | SamplingSolverName];

/** The same, with what of it is no solver's but the method's own. */
interface SolverConfig {
  readonly kind: SamplingSolverName;
  readonly [option: string]: unknown;
}

/**
 * The samplers of a method: every solver, and what its paper has.
 *
 * @param own - options of the method's own samplers by their words, which come before solvers of the same word
 * @param shared - options of all its samplers
 */
export function samplerSchema<const Own extends Shapes, const Shared extends z.ZodRawShape>(
  own: Own,
  shared: Shared,
): z.ZodType<SamplerConfig<Own, Shared>> {
  const solvers = Object.entries(samplingSolvers).map(([kind, { options }]) => [kind, options] as const);
  const shapes = new Map<string, z.ZodRawShape>([...Object.entries(own), ...solvers, ...Object.entries(own)]);
  const [first, ...others] = [...shapes].map(([kind, options]) =>
    z.strictObject({ kind: z.literal(kind), ...shared, ...options }),
  );
  const schema = z.discriminatedUnion('kind', [first as NonNullable<typeof first>, ...others]);
  return schema as unknown as z.ZodType<SamplerConfig<Own, Shared>>;
}

/** A sampler's name and options, as reports have them: `DDIM, spacing trailing, eta 0`. */
export function samplerTitle(title: string, options: object): string {
  return Object.entries(options).reduce((text, [name, given]) => `${text}, ${name} ${given}`, title);
}

/**
 * Draws by a solver of the table.
 *
 * @param view - the method as solvers see it
 * @param config - the word, and the solver's own options
 * @param shared - options that `view` has been made with, for the title
 */
export function solverSampler(
  view: View,
  { kind, ...options }: SolverConfig,
  shared: object = {},
): Pick<Method, 'sampler' | 'adaptive' | 'sample'> {
  const { title, create } = samplingSolvers[kind] as NamedSolver<z.ZodRawShape>;
  const adaptive = 'solve' in create(options, 1);
  return {
    sampler: samplerTitle(title, { ...shared, ...options }),
    adaptive,
    sample: (model, params, { steps, ...rest }) => {
      const solver = create(options, steps);
      return sample(model, params, { ...rest, view, solver, ...(!adaptive && { steps }) });
    },
  };
}
