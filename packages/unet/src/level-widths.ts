/** The channels of each level; exact also for multipliers that are rounded fractions, such as 30/22. */
export function levelWidths(channels: number, multipliers: readonly number[]): number[] {
  return multipliers.map((multiplier) => {
    const width = channels * multiplier;
    const nearest = Math.round(width);
    return Math.abs(width - nearest) < 1e-9 * nearest ? nearest : width;
  });
}
