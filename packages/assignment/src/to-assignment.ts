import type { Assignment, CostMatrix } from './assignment.js';
import { certify } from './certify.js';
import type { CostRows } from './cost-rows.js';
import { costAt, type DenseCost } from './dense-cost.js';
import type { Proof } from './listed-duals.js';
import type { Matching } from './shortest-augmenting-path.js';

/** Undoes what {@link denseCost} did to a problem, and adds total and gap on the costs as given. */
export function matchingToAssignment(
  cost: CostMatrix,
  dense: DenseCost,
  matching: Matching,
  maximize: boolean,
): Assignment {
  const unscale = (dual: Float64Array) => dual.map((value) => value / dense.factor);
  const rowDual = unscale(dense.transposed ? matching.colDual : matching.rowDual);
  const colDual = unscale(dense.transposed ? matching.rowDual : matching.colDual);
  const rowToCol = dense.transposed ? matching.colToRow : matching.rowToCol;
  const colToRow = dense.transposed ? matching.rowToCol : matching.colToRow;
  return withTotals(cost, { rowToCol, colToRow, rowDual, colDual }, maximize);
}

/** Adds total cost and gap to a matching with duals. */
function withTotals(
  cost: CostMatrix,
  parts: Pick<Assignment, 'rowToCol' | 'colToRow' | 'rowDual' | 'colDual'>,
  maximize: boolean,
): Assignment {
  let totalCost = 0;
  for (let i = 0; i < parts.rowToCol.length; i++) {
    const j = parts.rowToCol[i] as number;
    if (j >= 0) totalCost += costAt(cost, i, j);
  }
  const { gap } = certify(cost, { ...parts, totalCost, gap: 0 }, { maximize });
  return { ...parts, totalCost, gap };
}

/** A proof on `sign · cost` as an assignment on the costs as given. */
export function proofToAssignment(rows: CostRows, proof: Proof): Assignment {
  if (rows.sign === 1) return proof;
  const { rowDual, colDual, totalCost } = proof;
  return {
    ...proof,
    rowDual: rowDual.map((x) => -x),
    colDual: colDual.map((x) => -x),
    totalCost: -totalCost,
  };
}
