/** Relative gap up to which an answer counts as exact: float64 rounding in sums of costs and duals. */
export const EXACT = 1e-12;

/** The same for numbers too small for a relative one: denormals, and what scaling huge costs made of them. */
export const TINY: number = Number.MIN_VALUE * 2 ** 34;
