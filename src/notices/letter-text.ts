import type { Letter } from './letter.ts';

const WIDTH = 72;

/** A letter as plain text of 72 columns. Commands and addresses are never broken. */
export function letterText(letter: Letter): string {
  const labelWidth = Math.max(0, ...letter.facts.map(({ label }) => label.length)) + 2;
  const blocks = [
    letter.kicker.toUpperCase(),
    wrap(letter.lead).join('\n'),
    letter.facts
      .flatMap(({ label, value }) =>
        wrap(value, WIDTH - labelWidth).map((line, index) => `${(index === 0 ? label : '').padEnd(labelWidth)}${line}`),
      )
      .join('\n'),
    letter.table === null ? '' : tableText(letter.table),
    letter.page === undefined ? '' : `On the page:\n  ${letter.page}`,
    [...wrap(letter.advice), ...letter.commands.map((command) => `  ${command}`)].join('\n'),
    '--\nNetSentinel',
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** A row a paragraph: tables of names of any length do not fit into 72 columns. */
function tableText({ head, rows }: NonNullable<Letter['table']>): string {
  return rows
    .map(([first = '', ...rest]) => {
      const details = rest.map((value, index) => labelled(head[index + 1], value)).join(' · ');
      return [...wrap(first), ...wrap(details, WIDTH - 2).map((line) => `  ${line}`)].join('\n');
    })
    .join('\n');
}

/** A value of a table where there are no columns. One of a column without a title says by itself what it is. */
export function labelled(title: string | undefined, value: string): string {
  return title === undefined || title === '' ? value : `${title}: ${value}`;
}

/** Lines of at most `width` characters, broken at spaces, and within a word only where it is longer than a line. */
function wrap(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  for (const word of text.split(' ')) {
    let rest = Array.from(word);
    if (line.length > 0 && line.length + 1 + rest.length > width) {
      lines.push(line.join(''));
      line = [];
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width).join(''));
      rest = rest.slice(width);
    }
    line = line.length === 0 ? rest : [...line, ' ', ...rest];
  }
  return [...lines, line.join('')];
}
