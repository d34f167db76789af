/** What TensorFlow must find in the environment before it runs its first graph. */
const FLAGS = '--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit';

/**
 * TensorFlow reads XLA's flags once, when it runs its first graph, and there is no other way to them.
 *
 * @throws Error if they aren't set
 */
export function checkXla(): void {
  const flags = typeof process === 'undefined' ? '' : (process.env['TF_XLA_FLAGS'] ?? '');
  if (/--tf_xla_auto_jit=[12]/.test(flags)) return;
  throw new Error(
    `jit: with xla, TF_XLA_FLAGS must hold --tf_xla_auto_jit=2 before the native engine is loaded, got "${flags}"; ` +
      `start as TF_XLA_FLAGS="${FLAGS}" node …`,
  );
}
