import type { BatchTransform } from '@immiscible/core';
import {
  flippedAssignment,
  independent,
  linearAssignment,
  type LinearAssignmentOptions,
  nearestNoise,
} from '@immiscible/coupling';
import { z } from 'zod';
import { type SolverName, solverNames, solvers } from './solvers.js';

/** Which noise goes with which image. */
export type CouplingConfig =
  | { readonly kind: 'independent' }
  | {
      readonly kind: 'linearAssignment';
      readonly cost?: CostName;
      /** Images assigned at once, dealt out batch by batch; default: the batch. */
      readonly pool?: number;
      readonly solver?: SolverName;
    }
  | { readonly kind: 'nearestNoise'; readonly candidates: number }
  | {
      /** The control: noise assigned as if it were negated. */
      readonly kind: 'flippedAssignment';
      readonly cost?: CostName;
      readonly pool?: number;
      readonly solver?: SolverName;
    };

export type CostName = (typeof costNames)[number];

const costNames = ['l2', 'squaredL2', 'quantized'] as const;
const cost = z.enum(costNames).exactOptional();
const solver = z.enum(solverNames).exactOptional();
const positive = z.int().min(1);

const assignment = { cost, pool: positive.exactOptional(), solver };

export const couplingSchema: z.ZodType<CouplingConfig> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('independent') }),
  z.strictObject({ kind: z.literal('linearAssignment'), ...assignment }),
  z.strictObject({ kind: z.literal('nearestNoise'), candidates: positive }),
  z.strictObject({ kind: z.literal('flippedAssignment'), ...assignment }),
]);

export function createCoupling(config: CouplingConfig): BatchTransform {
  switch (config.kind) {
    case 'independent':
      return independent();
    case 'nearestNoise':
      return nearestNoise(config);
    case 'linearAssignment':
      return linearAssignment(assignmentOptions(config));
    case 'flippedAssignment':
      return flippedAssignment(assignmentOptions(config));
  }
}

function assignmentOptions({
  solver: name,
  cost: costName,
  pool,
}: Extract<CouplingConfig, { kind: 'linearAssignment' | 'flippedAssignment' }>): LinearAssignmentOptions {
  return {
    solver: solvers[name ?? 'auto'],
    ...(costName !== undefined && { cost: costName }),
    ...(pool !== undefined && { pool }),
  };
}
