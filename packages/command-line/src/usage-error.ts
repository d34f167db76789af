/** What was typed can't be done: shown without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
