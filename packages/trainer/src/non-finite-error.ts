/** The loss or its gradient was NaN or infinite. Checkpoints written before are as they were. */
export class NonFiniteLossError extends Error {
  override readonly name: string = 'NonFiniteLossError';
  /** Number of the step whose loss it is, 1 for the first. The weights after it are lost. */
  readonly step: number;
  readonly loss: number;
  /** Global L2 norm of the gradient. */
  readonly gradientNorm: number;
  /** The last checkpoint before, if there is one; `path` is absent if it is the one that this run started from. */
  readonly checkpoint: { readonly step: number; readonly path?: string } | undefined;

  constructor(
    step: number,
    { loss, gradientNorm }: { readonly loss: number; readonly gradientNorm: number },
    checkpoint?: { readonly step: number; readonly path?: string },
  ) {
    const kept = checkpoint
      ? `the last checkpoint is that of step ${checkpoint.step}${checkpoint.path === undefined ? '' : `, ${checkpoint.path}`}`
      : 'there is no checkpoint';
    super(
      `train: loss and gradient of step ${step} must be finite, got loss ${loss} and gradient norm ${gradientNorm}; ` +
        `lower the learning rate, clip the gradients or check the data; ${kept}`,
    );
    this.step = step;
    this.loss = loss;
    this.gradientNorm = gradientNorm;
    this.checkpoint = checkpoint;
  }
}
