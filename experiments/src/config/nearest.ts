/** Insertions, deletions, replacements and swaps of neighbors that lead from `a` to `b` (optimal string alignment). */
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

/** The known name that was probably meant, or undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const asked = name.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    // A name that the other begins with was cut short or typed on: nearer than its length says.
    const apart = other.startsWith(asked) || asked.startsWith(other) ? 1 : distance(asked, other);
    if (apart < least) [best, least] = [candidate, apart];
  }
  return least <= Math.max(2, name.length / 3) ? best : undefined;
}

/** `; did you mean "steps"?` where a near name is known, else the known names. */
export function suggestion(name: string, known: readonly string[], prefix = ''): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean ${prefix}${near}?`;
  return known.length > 0 ? `; known: ${known.map((other) => prefix + other).join(', ')}` : '';
}
