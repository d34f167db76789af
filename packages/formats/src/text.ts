/**
 * Bytes as an error message shows them: `80 02 7d 71`.
 *
 * @param bytes - borrowed
 */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/**
 * Latin-1: one character per byte, for formats whose text is ASCII.
 *
 * @param bytes - borrowed
 */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** The beginning of a text as an error message shows it: in quotes, control characters escaped. */
export function quote(text: string, length: number = 80): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
