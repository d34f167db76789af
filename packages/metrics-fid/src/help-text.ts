/** What is told of an argument, as citty takes it. */
interface Argument {
  readonly type: 'positional' | 'string' | 'boolean';
  readonly description: string;
  readonly default?: string | boolean;
}

const WIDTH = 96;

/** A command's help in lines of at most 96 columns. */
export function helpText(usage: string, about: string, args: Readonly<Record<string, Argument>>): string {
  const entries = Object.entries(args).map(([name, { type, description, default: value }]) => {
    const label = type === 'positional' ? name.toUpperCase() : `--${name}${type === 'boolean' ? '' : ' …'}`;
    const preset = value === undefined || value === false ? '' : ` (default: ${value})`;
    return [label, description + preset] as const;
  });
  const indent = Math.max(...entries.map(([label]) => label.length)) + 4;
  const lines = entries.flatMap(([label, text]) =>
    wrapped(text, WIDTH - indent).map(
      (line, i) => (i === 0 ? `  ${label}`.padEnd(indent) : ' '.repeat(indent)) + line,
    ),
  );
  return [...wrapped(about, WIDTH), '', `usage: ${usage}`, '', ...lines].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1] as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
