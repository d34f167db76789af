import { UsageError } from '@immiscible/command-line';

/**
 * Sets up what a config asks for. Packages refuse what doesn't fit with a `RangeError` that says it all; it is the config's
 * author who must act on it, not whoever reads the code.
 *
 * @throws UsageError in place of a RangeError
 */
export async function fitting<T>(config: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`config ${config} doesn't fit together: ${error.message}`, { cause: error });
  }
}
