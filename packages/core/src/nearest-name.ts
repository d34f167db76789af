/**
 * The known name that was probably meant, or undefined where none is near: fewest insertions, deletions, replacements
 * and swaps of neighbors (optimal string alignment), case ignored.
 *
 * @param name - as it was given
 * @param known - the names that there are
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const asked = name.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const apart = Math.min(distance(asked, other), sharedEdits(asked, other));
    if (apart < least) [best, least] = [candidate, apart];
  }
  return least <= Math.max(2, (name.length - 1) / 2) && least < name.length ? best : undefined;
}

/** Edits that a name cut short, typed on or with words before it counts as, whatever its length. */
function sharedEdits(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length > 1 && long.startsWith(short)) return 1;
  return short.length > 3 && long.includes(short) ? 2 : Infinity;
}

function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        (last[j - 1] as number) + same,
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] as number) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
