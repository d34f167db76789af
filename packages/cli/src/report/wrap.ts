/** Words in lines of at most `width` characters, as far as words allow; `indent` before all lines but the first. */
export function wrap(paragraph: string, width = 100, indent = ''): string {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1) as string;
    const start = lines.length > 1 ? indent : '';
    if (line !== start && line.length + 1 + word.length > width) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = line === start ? `${start}${word}` : `${line} ${word}`;
  }
  return lines.join('\n');
}
