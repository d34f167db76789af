import { nearestName } from '@immiscible/core';

/** `; did you mean "steps"?` where a near name is known, else the known names. */
export function suggestion(name: string, known: readonly string[], prefix = ''): string {
  const near = nearestName(name, known);
  if (near !== undefined) return `; did you mean ${prefix}${near}?`;
  return known.length > 0 ? `; known: ${known.map((other) => prefix + other).join(', ')}` : '';
}
