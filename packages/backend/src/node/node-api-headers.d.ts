declare module 'node-api-headers' {
  /** The package is CommonJS without types of its own. */
  const headers: { readonly include_dir: string };
  export default headers;
}
