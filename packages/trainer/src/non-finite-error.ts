/** The checkpoint that a failed run can go on from. */
export interface LastCheckpoint {
  /** Steps done when it was written. */
  readonly step: number;
  /** Absent if it is the one that this run started from. */
  readonly path?: string;
}

/** What was found, and after which step. */
export interface NonFinite {
  /** Number of the step, 1 for the first. */
  readonly step: number;
  /** Of the step, or the last that was read before it. */
  readonly loss: number;
  /** Global L2 norm of the gradient. */
  readonly gradientNorm: number;
  /** The last checkpoint before, if there is one. */
  readonly checkpoint?: LastCheckpoint | undefined;
  /** The array that isn't finite (`params/NAME`), where it is the weights after the step. */
  readonly array?: string | undefined;
}

/** Loss, gradient or weights were NaN or infinite. Checkpoints written before are as they were. */
export class NonFiniteLossError extends Error implements NonFinite {
  override readonly name: string = 'NonFiniteLossError';
  /** Number of the step, 1 for the first. The weights after it are lost. */
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly checkpoint: LastCheckpoint | undefined;
  readonly array: string | undefined;

  constructor({ step, loss, gradientNorm, checkpoint, array }: NonFinite) {
    const what =
      array === undefined
        ? `loss and gradient of step ${step} must be finite, got loss ${loss} and gradient norm ${gradientNorm}`
        : `weights after step ${step} must be finite, got others in ${array} (loss ${loss}, gradient norm ${gradientNorm})`;
    const kept = checkpoint
      ? `the last checkpoint is that of step ${checkpoint.step}${checkpoint.path === undefined ? '' : `, ${checkpoint.path}`}`
      : 'there is no checkpoint';
    super(`train: ${what}; lower the learning rate, clip the gradients or check the data; ${kept}`);
    this.step = step;
    this.loss = loss;
    this.gradientNorm = gradientNorm;
    this.checkpoint = checkpoint;
    this.array = array;
  }
}
