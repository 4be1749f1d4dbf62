import { formatMoment, readableName, shorten } from '../runtime/format.ts';
import type { Letter } from './letter.ts';
import { labelled } from './letter-text.ts';
import { type Notice, toneOf } from './notice.ts';

/** A notice as lines for a chat or a phone, in no markup. Names of devices and users are in it: a channel escapes what it takes for markup. */
export interface ChatText {
  /** With a mark that shows how bad it is. */
  readonly title: string;
  /** Begins with the time: a copy or a late message can be recognised by it. */
  readonly lines: readonly string[];
  /** Address of the page about the same thing. */
  readonly page: string | null;
}

const MARKS = { alert: '🔴', warning: '🟠', good: '🟢' } as const;
const LONGEST_TITLE = 200;
const LONGEST_LINE = 1000;
/** For the line that says how much was cut off. */
const ROOM_FOR_REST = 40;

export function chatText(notice: Notice, timeZone: string): ChatText {
  const { subject, content, createdAt } = notice;
  const lines = 'letter' in content ? letterLines(content.letter) : content.page.text.trimEnd().split(/\r?\n/);
  return {
    title: `${MARKS[toneOf(notice)]} ${shorten(readableName(subject), LONGEST_TITLE)}`,
    lines: [`${formatMoment(createdAt, timeZone)} (${timeZone})`, '', ...lines.map(oneLine)],
    page: 'letter' in content ? (content.letter.page ?? null) : null,
  };
}

/** One text of title, lines and page, as long as it may be. */
export function wholeText({ title, lines, page }: ChatText): string {
  return [title, ...lines, ...(page === null ? [] : ['', page])].join('\n');
}

/**
 * As many lines as fit into `most` with the line breaks between them, cut at the end of a line; a last line says how many are left out.
 *
 * @param sizeOf how much a line takes
 */
export function fit(lines: readonly string[], most: number, sizeOf = (line: string) => line.length): readonly string[] {
  const sizes = lines.map((line) => sizeOf(line) + 1);
  if (sizes.reduce((sum, size) => sum + size, -1) <= most) return lines;
  let left = most - ROOM_FOR_REST;
  const count = sizes.findIndex((size) => {
    left -= size;
    return left < 0;
  });
  return [...lines.slice(0, count), `… ${lines.length - count} more lines`];
}

/**
 * The lines with the page after a blank one; of the lines as many as fit with it into `most` characters. A page that would take more than
 * half of them, for the names in it, is left out: the words count more.
 */
export function fitWithPage(lines: readonly string[], page: string | null, most: number): readonly string[] {
  const end = page === null || page.length > most / 2 ? [] : ['', page];
  return end.length === 0 ? fit(lines, most) : [...fit(lines, most - end.join('\n').length - 1), ...end];
}

function letterLines({ lead, facts, table, advice, commands }: Letter): string[] {
  const blocks = [
    lead.split('\n'),
    facts.map(({ label, value }) => `${label}: ${value}`),
    table === null ? [] : table.rows.map((row) => rowLine(table.head, row)),
    [...(advice === '' ? [] : [advice]), ...commands],
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function rowLine(head: readonly string[], [first = '', ...rest]: readonly string[]): string {
  return [first, ...rest.map((value, index) => labelled(head[index + 1], value))].join(' · ');
}

function oneLine(line: string): string {
  return shorten(readableName(line), LONGEST_LINE);
}
