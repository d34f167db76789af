/** Where the auction's tables are, in bytes; set by {@link open}. */

/** float32 `[stride]`: one row's costs less column offsets; padding columns are +Infinity. */
export let line: usize = 0;
/** float32 `[stride]`. */
export let prices: usize = 0;
/** int32 `[stride]` and `[n]`: the matching, −1 where there is none. */
export let colToRow: usize = 0;
export let rowToCol: usize = 0;
/** int32 `[n]`: rows that are to bid, the next one last. */
export let stack: usize = 0;
/** float32 `[n]`: a column that isn't in the row's short list costs at least this, price included. */
export let bound: usize = 0;
/** int32 `[n]`: members of the short lists. */
export let counts: usize = 0;
/** int32 and float32 `[n, size]`: short lists, each row's cheapest columns at some prices, and their costs. */
export let columns: usize = 0;
export let listed: usize = 0;
/** float32 `[n]`: a column that isn't in the row's long list costs at least this, price included. */
export let floor: usize = 0;
/** float32 `[n]`: the same without prices for lists that were made at prices 0, else NaN. */
export let base: usize = 0;
/** int32 `[n]`: members of the long lists. */
export let longCounts: usize = 0;
/** int32 and float32 `[n, most]`: long lists. */
export let longColumns: usize = 0;
export let longCosts: usize = 0;
/** float32 `[max(size, most + 16)]` each, scratch. */
export let values: usize = 0;
export let sums: usize = 0;
export let n: i32 = 0;
/** `n` rounded up to a multiple of 16. */
export let stride: i32 = 0;
/** Most members of a short list, of a long list (a multiple of 16). */
export let size: i32 = 0;
export let most: i32 = 0;

export function bytes(rows: i32, short: i32, long: i32): f64 {
  return (
    4 * (3 * (<f64>rows + 15) + 7 * <f64>rows + 2 * <f64>rows * (<f64>short + <f64>long)) +
    8 * (<f64>short + <f64>long + 32) +
    256
  );
}

/** Lays the tables out from `at` on. */
export function open(at: usize, rows: i32, short: i32, long: i32): void {
  n = rows;
  stride = (rows + 15) & ~15;
  size = short;
  most = long;
  const row = <usize>n << 2;
  const wide = <usize>stride << 2;
  line = at;
  prices = line + wide;
  colToRow = prices + wide;
  rowToCol = colToRow + wide;
  stack = rowToCol + row;
  bound = stack + row;
  counts = bound + row;
  floor = counts + row;
  base = floor + row;
  longCounts = base + row;
  columns = longCounts + row;
  listed = columns + row * <usize>size;
  longColumns = listed + row * <usize>size;
  longCosts = longColumns + row * <usize>most;
  values = longCosts + row * <usize>most;
  sums = values + (<usize>(size + most + 16) << 2);
  memory.fill(prices, 0, wide);
}

/** Where the tables are: `prices`, `colToRow`, `rowToCol`, `bound`, `counts`, `columns`, `longColumns`. */
export function addressOf(which: i32): usize {
  if (which == 0) return prices;
  if (which == 1) return colToRow;
  if (which == 2) return rowToCol;
  if (which == 3) return bound;
  if (which == 4) return counts;
  if (which == 5) return columns;
  return longColumns;
}
