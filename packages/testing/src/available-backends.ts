/** What `selectBackend` of `@immiscible/backend` is, to a package that doesn't import it. */
export type SelectBackend = (options: { backend: 'native' | 'wasm' | 'cpu' }) => Promise<unknown>;

/**
 * Names of the backends that start here, the fastest first; the last that starts is the one in use afterwards.
 *
 * @param select - starts a backend, or rejects
 */
export async function availableBackends(select: SelectBackend): Promise<('native' | 'wasm' | 'cpu')[]> {
  const available: ('native' | 'wasm' | 'cpu')[] = [];
  for (const backend of ['native', 'wasm', 'cpu'] as const) {
    const started = await select({ backend }).then(
      () => true,
      () => false,
    );
    if (started) available.push(backend);
  }
  return available;
}
