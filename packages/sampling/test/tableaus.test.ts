import {
  CLASSIC_4,
  DORMAND_PRINCE,
  EULER,
  HEUN,
  MIDPOINT,
  RALSTON,
  type Tableau,
} from '@immiscible/sampling';
import { describe, expect, it } from 'vitest';

/** A rooted tree: the trees that hang on its root. */
type Tree = readonly Tree[];

const size = (tree: Tree): number => 1 + tree.reduce((sum, branch) => sum + size(branch), 0);
/** γ: the product of the sizes of all subtrees. */
const density = (tree: Tree): number => size(tree) * tree.reduce((product, one) => product * density(one), 1);

/** All rooted trees of a size, each at least once. */
function trees(nodes: number): Tree[] {
  if (nodes === 1) return [[]];
  // A tree less its first branch, and that branch.
  return Array.from({ length: nodes - 1 }, (_, k) =>
    trees(k + 1).flatMap((branch) => trees(nodes - 1 - k).map((rest): Tree => [branch, ...rest])),
  ).flat();
}

/** Φ at each stage: the product over branches of `Σ aᵢⱼ·Φⱼ(branch)`. */
function elementary({ rows }: Tableau, tree: Tree): number[] {
  const branches = tree.map((branch) => elementary({ rows } as Tableau, branch));
  return rows.map((row) =>
    branches.reduce((product, phi) => product * row.reduce((sum, a, j) => sum + a * phi[j]!, 0), 1),
  );
}

const residual = (tableau: Tableau, tree: Tree): number =>
  elementary(tableau, tree).reduce((sum, phi, i) => sum + tableau.weights[i]! * phi, 0) - 1 / density(tree);

describe.each(Object.entries({ EULER, MIDPOINT, HEUN, RALSTON, CLASSIC_4, DORMAND_PRINCE }))(
  '%s',
  (_, tableau) => {
    // Butcher 1963; Hairer, Nørsett & Wanner 1993, theorem II.2.13
    it('satisfies the order conditions of all rooted trees up to its order, and no more', () => {
      for (let nodes = 1; nodes <= tableau.order; nodes++) {
        for (const tree of trees(nodes)) expect(Math.abs(residual(tableau, tree))).toBeLessThan(1e-14);
      }
      const beyond = trees(tableau.order + 1).map((tree) => Math.abs(residual(tableau, tree)));
      expect(Math.max(...beyond)).toBeGreaterThan(1e-4);
    });

    it('has nodes that are the sums of its rows', () => {
      tableau.rows.forEach((row, i) => {
        expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(tableau.nodes[i]!, 14);
      });
    });
  },
);

it('the error estimate of Dormand and Prince is that of a method of order 4', () => {
  const { rows, weights, error } = DORMAND_PRINCE;
  const embedded: Tableau = {
    ...{ order: 4, nodes: [] },
    rows: [...rows, weights],
    weights: error.map((share, i) => (weights[i] ?? 0) - share),
  };
  for (const nodes of [1, 2, 3, 4]) {
    for (const tree of trees(nodes)) expect(Math.abs(residual(embedded, tree))).toBeLessThan(1e-14);
  }
});
