/** What steers a terminal, or turns the direction of text around: control characters but tab and line feed, and Unicode's marks for it. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that may go to a terminal: what would steer it is shown as `\u001b`, which in JSON means the same. Titles, file names and
 * messages may come out of anybody's files.
 *
 * @param text - from anywhere
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
