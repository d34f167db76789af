/** An engine that isn't there or can't be used: `fn: reason; fix`, with its parts as fields. */
export class EngineError extends Error {
  /** The function that found out. */
  readonly fn: string;
  /** What is the matter, in one line. */
  readonly reason: string;
  /** What to do. */
  readonly fix: string;

  constructor({ fn, reason, fix }: { fn: string; reason: string; fix: string }, options?: ErrorOptions) {
    super(`${fn}: ${reason}; ${fix}`, options);
    this.fn = fn;
    this.reason = reason;
    this.fix = fix;
  }
}

/** Why something failed, without who says so. TF.js rejects with objects that are no errors, too. */
export function reasonOf(error: unknown): string {
  if (error instanceof EngineError) return error.reason;
  return String((error as { message?: unknown } | null)?.message ?? error);
}
