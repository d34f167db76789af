import { nextUp, raise, shorten } from './list';
import { bound, colToRow, columns, counts, listed, n, prices, rowToCol, size, stack } from './state';

let top: i32 = 0;
/** Bids since the tables were laid out. */
let bids: f64 = 0;

export function bidsMade(): f64 {
  return bids;
}

export function resetBids(): void {
  bids = 0;
}

/** Opens a phase: nobody has a column, all rows are to bid, the first first. */
export function openPhase(): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    store<i32>(rowToCol + at, -1);
    store<i32>(colToRow + at, -1);
    store<i32>(stack + at, n - 1 - i);
  }
  top = n;
  raise();
}

/**
 * At most `most` bids of the phase: the last row of the stack bids for its best column; who loses it comes next.
 *
 * @returns how many bids were left, plus 1, if the phase is over; 0 if the bids were used up; −1 − i if row i's long list is
 *   spent (its bid is still to come)
 */
export function bid(epsilon: f32, most: i32): i32 {
  const width = <usize>size << 2;
  const slack: f32 = 4 * epsilon;
  while (top > 0) {
    if (most == 0) return 0;
    const row = load<i32>(stack + (<usize>(top - 1) << 2));
    const at = <usize>row << 2;
    const list = columns + <usize>row * width;
    const copies = listed + <usize>row * width;
    let first: f32 = 0;
    let second: f32 = 0;
    let column = 0;
    for (let made = false; ; made = true) {
      first = Infinity;
      second = Infinity;
      for (let o: usize = 0, end = <usize>load<i32>(counts + at) << 2; o < end; o += 4) {
        const j = load<i32>(list + o);
        const sum = load<f32>(copies + o) + load<f32>(prices + (<usize>j << 2));
        const better = sum < first;
        second = better ? first : min<f32>(second, sum);
        column = better ? j : column;
        first = better ? sum : first;
      }
      const least = load<f32>(bound + at);
      if (second <= least) break;
      // Any second best that is no dearer than the true one gives a valid bid, if a lower one.
      if (first + slack <= least) {
        second = least;
        break;
      }
      if (made) return -1 - row;
      shorten(row);
    }
    top--;
    most--;
    bids++;
    const price = prices + (<usize>column << 2);
    const old = load<f32>(price);
    // Prices must rise, or two rows could bid against each other for ever.
    store<f32>(price, max<f32>(old + ((second - first) + epsilon), nextUp(old)));
    const owner = colToRow + (<usize>column << 2);
    const loser = load<i32>(owner);
    if (loser >= 0) {
      store<i32>(rowToCol + (<usize>loser << 2), -1);
      store<i32>(stack + (<usize>top << 2), loser);
      top++;
    }
    store<i32>(owner, row);
    store<i32>(rowToCol + at, column);
  }
  return most + 1;
}
