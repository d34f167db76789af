/** Rows² × columns up to which whole-number arithmetic takes some tens of milliseconds at most. */
export const MAX_EXACT_WORK: number = 64 ** 3;

/** A matching of all rows, with duals rounded to float64. */
export interface ExactMatching {
  /** int32 `[rows]` */
  readonly owners: Int32Array;
  readonly rowDual: Float64Array;
  readonly colDual: Float64Array;
}

/**
 * Shortest augmenting paths without any rounding: float64 costs are whole multiples of 2^−1074, so sums of them are BigInts. For costs of
 * such different sizes that float64 duals hide what the small ones decide.
 *
 * @param at - the cost of a pair, +Infinity if it is forbidden; rows ≤ cols, and a complete assignment must exist
 * @see Crouse 2016, "On implementing 2D rectangular assignment algorithms"
 */
export function exactPaths(rows: number, cols: number, at: (i: number, j: number) => number): ExactMatching {
  const costs = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: cols }, (_, j) => (at(i, j) === Infinity ? undefined : toUnits(at(i, j)))),
  );
  const u = Array.from({ length: rows }, () => 0n);
  const v = Array.from({ length: cols }, () => 0n);
  const owners = new Int32Array(rows).fill(-1);
  const places = new Int32Array(cols).fill(-1);
  for (let first = 0; first < rows; first++) {
    const distance: (bigint | undefined)[] = Array.from({ length: cols }, () => undefined);
    const from = new Int32Array(cols).fill(-1);
    const seenRows = [first];
    const open = new Set(Array.from({ length: cols }, (_, j) => j));
    let i = first;
    let least = 0n;
    let sink = -1;
    while (sink < 0) {
      let best = -1;
      for (const j of open) {
        const cost = costs[i]?.[j];
        if (cost !== undefined) {
          const through = least + cost - (u[i] as bigint) - (v[j] as bigint);
          const known = distance[j];
          if (known === undefined || through < known) {
            distance[j] = through;
            from[j] = i;
          }
        }
        const reach = distance[j];
        if (reach === undefined) continue;
        const before = best < 0 ? undefined : (distance[best] as bigint);
        // Of equally near ones a free one ends the search.
        if (before === undefined || reach < before || (reach === before && places[j] === -1)) best = j;
      }
      if (best < 0) throw new Error('exactPaths: a complete assignment must exist, got none');
      least = distance[best] as bigint;
      open.delete(best);
      if (places[best] === -1) sink = best;
      else {
        i = places[best] as number;
        seenRows.push(i);
      }
    }
    for (const row of seenRows) {
      const own = owners[row] as number;
      u[row] = (u[row] as bigint) + (row === first ? least : least - (distance[own] as bigint));
    }
    for (let j = 0; j < cols; j++) {
      if (!open.has(j)) v[j] = (v[j] as bigint) - (least - (distance[j] as bigint));
    }
    for (let j = sink; ;) {
      const row = from[j] as number;
      places[j] = row;
      const next = owners[row] as number;
      owners[row] = j;
      if (row === first) break;
      j = next;
    }
  }
  return { owners, rowDual: Float64Array.from(u, fromUnits), colDual: Float64Array.from(v, fromUnits) };
}

const view = new DataView(new ArrayBuffer(8));

/** A finite double in multiples of 2^−1074. */
function toUnits(value: number): bigint {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return bits >> 63n === 0n ? size : -size;
}

/** The nearest double or one beside it. */
function fromUnits(units: bigint): number {
  const size = units < 0n ? -units : units;
  const shift = Math.max(0, size.toString(16).length * 4 - 64);
  // In two steps, since 2^shift itself may be beyond the doubles.
  const value = Number(size >> BigInt(shift)) * 2 ** Math.min(1000, shift - 1074);
  return (units < 0n ? -1 : 1) * value * 2 ** Math.max(0, shift - 1074 - 1000);
}
