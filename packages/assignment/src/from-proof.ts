import type { Assignment } from './assignment.js';
import type { CostRows } from './cost-rows.js';
import type { Proof } from './listed-duals.js';

/** A proof on `sign · cost` as an assignment on the costs as given. */
export function fromProof(rows: CostRows, proof: Proof): Assignment {
  if (rows.sign === 1) return proof;
  const { rowDual, colDual, totalCost } = proof;
  return {
    ...proof,
    rowDual: rowDual.map((x) => -x),
    colDual: colDual.map((x) => -x),
    totalCost: -totalCost,
  };
}
