/**
 * The choice of step sizes for a method of order 5 with an error estimate of order 4, for one solution of its own. As in
 * Hairer, Nørsett & Wanner 1993, section II.4, with SciPy's constants.
 */

const SAFETY = 0.9;
const MIN_FACTOR = 0.2;
const MAX_FACTOR = 10;

/** A solution on its way. */
export interface Walk {
  /** How far it is from the end; 0 there. */
  left: number;
  /** How far it tries to go next. */
  h: number;
  /** Whether its last attempt was refused, after which a step doesn't grow. */
  refused: boolean;
  /** How many of its attempts met a derivative that isn't finite. */
  lost: number;
}

/**
 * A first guess of the first step.
 *
 * @param size - norm of the solution, in units of the tolerance
 * @param speed - norm of its derivative
 * @param way - how far it is to the end
 */
export function firstGuess(size: number, speed: number, way: number): number {
  return Math.min(way, size < 1e-5 || speed < 1e-5 ? 1e-6 : (0.01 * size) / speed);
}

/**
 * The first step, from the guess and the second derivative found with it.
 *
 * @param guess - from {@link firstGuess}
 * @param norms - speed, the norm of the derivative; bend, the norm of the change of the derivative over the guess, divided by the guess; way, how far it is to the end
 */
export function firstStep(
  guess: number,
  { speed, bend, way }: { readonly speed: number; readonly bend: number; readonly way: number },
): number {
  const fastest = Math.max(speed, bend);
  const h = fastest <= 1e-15 ? Math.max(1e-6, guess * 1e-3) : (0.01 / fastest) ** (1 / 5);
  return Math.min(100 * guess, h, way);
}

/**
 * Takes note of an attempt and sets the next step size.
 *
 * @param error - norm of the attempt's error in units of the tolerance: up to 1 is good enough
 * @returns whether the attempt is accepted
 */
export function advance(walk: Walk, error: number): boolean {
  const factor = error === 0 ? MAX_FACTOR : SAFETY * error ** (-1 / 5);
  if (!(error < 1)) {
    // An error that is no number shrinks the step too: it may come of a step that went too far.
    if (!Number.isFinite(error)) walk.lost++;
    walk.h *= Math.max(MIN_FACTOR, Number.isNaN(factor) ? 0 : factor);
    walk.refused = true;
    return false;
  }
  walk.left -= walk.h;
  walk.h = Math.min(walk.h * Math.min(walk.refused ? 1 : MAX_FACTOR, factor), walk.left);
  walk.refused = false;
  return true;
}
