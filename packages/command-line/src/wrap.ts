/**
 * Words in lines of at most `width` characters, as far as words allow.
 *
 * @param paragraph - with single spaces between its words
 * @param width - in characters
 */
export function wrap(paragraph: string, width: number): string[] {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
