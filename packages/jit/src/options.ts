/** How a step is compiled. All of it is for the native engine; elsewhere a step runs as it is. */
export interface JitOptions {
  /**
   * `bfloat16`: convolutions and matrix products in bfloat16, all else, weights included, in float32.
   *
   * @defaultValue 'float32'
   */
  readonly precision?: 'float32' | 'bfloat16';
  /** Whether XLA compiles what it can; needs `TF_XLA_FLAGS` in the environment. @defaultValue false */
  readonly xla?: boolean;
  /** Whether to run operation by operation and keep the time of each: slower. @defaultValue false */
  readonly profile?: boolean;
  /** A folder in which to leave the graph as a SavedModel, `saved_model.pb`, which Netron and TensorFlow open. */
  readonly dumpGraph?: string;
  /** How many recordings, one for each set of input shapes, are kept. @defaultValue 8 */
  readonly maxRecordings?: number;
  /** The most bytes of constants, such as tensors from outside the step. @defaultValue 512 MiB */
  readonly maxConstantBytes?: number;
}
