import type { BatchTransform, HostInputs, Objective } from '@immiscible/core';
import {
  coupledWhere,
  flippedAssignment,
  independent,
  linearAssignment,
  type LinearAssignmentOptions,
  nearestNoise,
} from '@immiscible/coupling';
import { z } from 'zod';
import { type SolverName, solverNames, solvers } from './solvers.js';

/** Which images keep the noise that was dealt out to them. */
interface Above {
  /** From this ratio of noise to signal on, σ; below it the noise is independent. Default: everywhere. */
  readonly above?: number;
}

/** Which noise goes with which image. */
export type CouplingConfig =
  | { readonly kind: 'independent' }
  | ({
      readonly kind: 'linearAssignment';
      readonly cost?: CostName;
      /** Images assigned at once, dealt out batch by batch; default: the batch. */
      readonly pool?: number;
      readonly solver?: SolverName;
    } & Above)
  | ({ readonly kind: 'nearestNoise'; readonly candidates: number } & Above)
  | ({
      /** The control: noise assigned as if it were negated. */
      readonly kind: 'flippedAssignment';
      readonly cost?: CostName;
      readonly pool?: number;
      readonly solver?: SolverName;
    } & Above);

export type CostName = (typeof costNames)[number];

const costNames = ['l2', 'squaredL2', 'quantized'] as const;
const cost = z.enum(costNames).exactOptional();
const solver = z.enum(solverNames).exactOptional();
const positive = z.int().min(1);

const above = z.number().gt(0).exactOptional();
const assignment = { cost, pool: positive.exactOptional(), solver, above };

export const couplingSchema: z.ZodType<CouplingConfig> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('independent') }),
  z.strictObject({ kind: z.literal('linearAssignment'), ...assignment }),
  z.strictObject({ kind: z.literal('nearestNoise'), candidates: positive, above }),
  z.strictObject({ kind: z.literal('flippedAssignment'), ...assignment }),
]);

export function createCoupling(config: CouplingConfig): BatchTransform {
  switch (config.kind) {
    case 'independent':
      return independent();
    case 'nearestNoise':
      return nearestNoise({ candidates: config.candidates });
    case 'linearAssignment':
      return linearAssignment(assignmentOptions(config));
    case 'flippedAssignment':
      return flippedAssignment(assignmentOptions(config));
  }
}

/** The objective as it is trained with a coupling: with its noise, where that is wanted. */
export function coupledObjective(
  config: CouplingConfig,
  { objective, noiseRatio }: { readonly objective: Objective; readonly noiseRatio: NoiseRatio },
): Objective {
  const { above: least } = { above: undefined, ...config };
  return least === undefined
    ? objective
    : coupledWhere(objective, (inputs, image) => noiseRatio(inputs, image) >= least);
}

/** Ratio of noise to signal, σ, in the (noisier) sample of an image of prepared inputs. */
export type NoiseRatio = (inputs: HostInputs, image: number) => number;

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
