import type { BatchTransform } from '@immiscible/core';
import type { Objective } from '@immiscible/core/tensors';
import {
  coupledWhere,
  flippedAssignment,
  independent,
  linearAssignment,
  type LinearAssignmentOptions,
  nearestNoise,
  rollingAssignment,
  sinkhornCoupling,
  withinClasses,
} from '@immiscible/coupling';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { assignmentSolverNames, assignmentSolvers } from './assignment-solvers.js';
import { createKind, kind, type KindConfig, kindSchema } from './kinds.js';
import type { NoiseRatio } from './method.js';

const costNames = ['l2', 'squaredL2', 'quantized'] as const;
const positive = z.int().min(1);

/** What any coupling but the independent one may have. */
const common = {
  above: z
    .number()
    .gt(0)
    .exactOptional()
    .describe(
      'Coupled noise from this ratio of noise to signal on, σ; independent below. Default: everywhere',
    ),
  withinClasses: z
    .boolean()
    .exactOptional()
    .describe(
      'Whether each class is coupled by itself, for data sets with labels and networks that take them',
    ),
};
const solving = {
  ...common,
  cost: z.enum(costNames).exactOptional(),
  solver: z.enum(assignmentSolverNames).exactOptional(),
};
const pool = positive
  .exactOptional()
  .describe('Images coupled at once, dealt out batch by batch. Default: the batch');
const assignment = { ...solving, pool };
const epsilon = z
  .number()
  .gt(0)
  .exactOptional()
  .describe('Strength of the entropy, in standard deviations of the costs');

/** Every coupling, by its word in a config. A new one is a line here. */
const couplings = {
  independent: kind({}, independent),
  linearAssignment: kind(assignment, (options) => linearAssignment(assignmentOptions(options))),
  nearestNoise: kind({ candidates: positive, ...common }, ({ candidates }) => nearestNoise({ candidates })),
  flippedAssignment: kind(
    assignment,
    (options) => flippedAssignment(assignmentOptions(options)),
    'The control: noise assigned as if it were negated',
  ),
  sinkhorn: kind({ epsilon, pool, ...common }, ({ epsilon, pool }) =>
    sinkhornCoupling({ ...(epsilon !== undefined && { epsilon }), ...(pool !== undefined && { pool }) }),
  ),
  rollingAssignment: kind(
    { size: positive, arrivals: positive, pool: positive, ...solving },
    ({ size, arrivals, pool, ...options }) =>
      rollingAssignment({ ...assignmentOptions(options), size, arrivals, pool }),
    'Assigned again and again while images pass through: size at once, arrivals at a time, pool in all',
  ),
};

export const couplingSchema = kindSchema(couplings);

/** Which noise goes with which image. */
export type CouplingConfig = KindConfig<typeof couplings>;

/** @throws RangeError if sizes don't fit each other */
export function createCoupling(config: CouplingConfig): BatchTransform {
  const transform = createKind<BatchTransform>(couplings, config);
  return couplesWithinClasses(config) ? withinClasses(transform) : transform;
}

/** Whether it needs labels. */
export function couplesWithinClasses(config: CouplingConfig): boolean {
  return config.kind !== 'independent' && config.withinClasses === true;
}

/** What the coupling takes of what a config says. */
function assignmentOptions({
  solver: name,
  cost,
  pool,
}: Omit<Partial<Checked<z.ZodObject<typeof assignment>>>, 'above'>): LinearAssignmentOptions {
  return {
    solver: assignmentSolvers[name ?? 'auto'],
    ...(cost !== undefined && { cost }),
    ...(pool !== undefined && { pool }),
  };
}

/** The objective as it is trained with a coupling: with its noise, where that is wanted. */
export function coupledObjective(
  config: CouplingConfig,
  { objective, noiseRatio }: { readonly objective: Objective; readonly noiseRatio: NoiseRatio },
): Objective {
  const least = config.kind === 'independent' ? undefined : config.above;
  return least === undefined
    ? objective
    : coupledWhere(objective, (inputs, image) => noiseRatio(inputs, image) >= least);
}
