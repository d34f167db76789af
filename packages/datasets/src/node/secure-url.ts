/**
 * Nothing is fetched that others on the way could read or change: https only, or this machine itself.
 *
 * @throws RangeError for other addresses
 */
export function checkSecure(fn: string, url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '');
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && here)) return;
  throw new RangeError(`${fn}: url must begin with https:// (or be on localhost), got ${url}`);
}
