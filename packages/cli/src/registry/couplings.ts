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

export const couplingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('independent') }),
  z.strictObject({ kind: z.literal('linearAssignment'), ...assignment }),
  z.strictObject({ kind: z.literal('nearestNoise'), candidates: positive, ...common }),
  z
    .strictObject({ kind: z.literal('flippedAssignment'), ...assignment })
    .describe('The control: noise assigned as if it were negated'),
  z.strictObject({
    kind: z.literal('sinkhorn'),
    epsilon: z
      .number()
      .gt(0)
      .exactOptional()
      .describe('Strength of the entropy, in standard deviations of the costs'),
    pool,
    ...common,
  }),
  z
    .strictObject({
      kind: z.literal('rollingAssignment'),
      size: positive,
      arrivals: positive,
      pool: positive,
      ...solving,
    })
    .describe(
      'Assigned again and again while images pass through: size at once, arrivals at a time, pool in all',
    ),
]);

/** Which noise goes with which image. */
export type CouplingConfig = Checked<typeof couplingSchema>;

type AssignmentConfig = Extract<CouplingConfig, { kind: 'linearAssignment' }>;

/** @throws RangeError if sizes don't fit each other */
export function createCoupling(config: CouplingConfig): BatchTransform {
  const transform = bare(config);
  return couplesWithinClasses(config) ? withinClasses(transform) : transform;
}

/** Whether it needs labels. */
export function couplesWithinClasses(config: CouplingConfig): boolean {
  return config.kind !== 'independent' && config.withinClasses === true;
}

function bare(config: CouplingConfig): BatchTransform {
  switch (config.kind) {
    case 'independent':
      return independent();
    case 'nearestNoise':
      return nearestNoise({ candidates: config.candidates });
    case 'linearAssignment':
      return linearAssignment(options(config));
    case 'flippedAssignment':
      return flippedAssignment(options(config));
    case 'sinkhorn': {
      const { epsilon, pool } = config;
      return sinkhornCoupling({
        ...(epsilon !== undefined && { epsilon }),
        ...(pool !== undefined && { pool }),
      });
    }
    case 'rollingAssignment': {
      const { size, arrivals, pool } = config;
      return rollingAssignment({ ...options(config), size, arrivals, pool });
    }
  }
}

function options({
  solver: name,
  cost,
  pool,
}: Pick<AssignmentConfig, 'solver' | 'cost' | 'pool'>): LinearAssignmentOptions {
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
