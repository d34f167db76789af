import { printable } from './report/escape.js';

/** Prints lines for the user. Titles, names and messages may come out of files: none of them can steer the terminal. */
export function say(text = ''): void {
  console.log(printable(text));
}

/** The same for what went wrong, or should be known besides. */
export function warn(text: string): void {
  console.error(printable(text));
}
