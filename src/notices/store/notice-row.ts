import type { Selectable } from 'kysely';
import { z } from 'zod';
import { integerOf, invalid, textOf } from '../../platform/store/columns.ts';
import type { Letter } from '../letter.ts';
import type { Notice } from '../notice.ts';
import type { NoticesTable } from './schema.ts';

const text = z.string();

const letter: z.ZodType<Letter> = z.object({
  tone: z.enum(['alert', 'warning', 'good']),
  kicker: text,
  title: text,
  lead: text,
  meter: z.object({ percent: z.number() }).nullable(),
  facts: z.array(z.object({ label: text, value: text })),
  table: z.object({ head: z.array(text), rows: z.array(z.array(text)) }).nullable(),
  page: text.optional(),
  advice: text,
  commands: z.array(text),
});

/** Throws an `ImpossibleValueError` for a row that cannot be read. */
export function toNotice(row: Selectable<NoticesTable>): Notice {
  return {
    id: textOf('notices.id', row.id),
    kind: textOf('notices.kind', row.kind),
    subject: textOf('notices.subject', row.subject),
    content:
      row.letter === null
        ? {
            page: {
              text: textOf('notices.text_body', row.text_body),
              html: textOf('notices.html_body', row.html_body),
            },
          }
        : { letter: letterOf('notices.letter', row.letter) },
    attachment:
      row.file_name === null
        ? null
        : {
            fileName: textOf('notices.file_name', row.file_name),
            contentType: textOf('notices.file_type', row.file_type),
            content: textOf('notices.file_content', row.file_content),
          },
    createdAt: integerOf('notices.created_at', row.created_at),
    worthUntil: integerOf('notices.worth_until', row.worth_until),
  };
}

/** The columns of a notice's content. */
export function contentColumns({ content, attachment }: Pick<Notice, 'content' | 'attachment'>) {
  const page = 'page' in content ? content.page : null;
  return {
    letter: 'letter' in content ? JSON.stringify(content.letter) : null,
    text_body: page?.text ?? null,
    html_body: page?.html ?? null,
    file_name: attachment?.fileName ?? null,
    file_type: attachment?.contentType ?? null,
    file_content: attachment?.content ?? null,
  };
}

function letterOf(column: string, value: unknown): Letter {
  const stored = textOf(column, value);
  try {
    return letter.parse(JSON.parse(stored));
  } catch {
    throw invalid(column, stored);
  }
}
