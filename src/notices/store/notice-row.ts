import type { Selectable } from 'kysely';
import { z } from 'zod';
import { countOf, integerOf, invalid, nullable, textOf } from '../../platform/store/columns.ts';
import type { Letter } from '../letter.ts';
import type { Notice } from '../notice.ts';
import type { NoticesTable, NoticeTopicsTable } from './schema.ts';

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

const names = z.array(text);

/** Throws an `ImpossibleValueError` for a row that cannot be read. */
export function toNotice(row: Selectable<NoticesTable>, topic: Selectable<NoticeTopicsTable> | undefined): Notice {
  return {
    id: textOf('notices.id', row.id),
    kind: textOf('notices.kind', row.kind),
    ...topicOf(topic),
    subject: textOf('notices.subject', row.subject),
    content:
      row.letter === null
        ? {
            page: {
              text: textOf('notices.text_body', row.text_body),
              html: textOf('notices.html_body', row.html_body),
            },
          }
        : { letter: parsed('notices.letter', row.letter, letter) },
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

type Topic = Pick<Notice, 'event' | 'devices' | 'incident' | 'answers'>;

/** The columns of what a notice is about. */
export function topicColumns({ event, devices, incident, answers }: Topic) {
  return {
    ...{ event, devices: JSON.stringify(devices), answers },
    incident: incident === null ? null : BigInt(incident),
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

function topicOf(row: Selectable<NoticeTopicsTable> | undefined): Topic {
  if (row === undefined) return { event: '', devices: [], incident: null, answers: null };
  return {
    event: textOf('notice_topics.event', row.event),
    devices: parsed('notice_topics.devices', row.devices, names),
    incident: nullable(countOf, 'notice_topics.incident', row.incident),
    answers: nullable(textOf, 'notice_topics.answers', row.answers),
  };
}

function parsed<Value>(column: string, value: unknown, schema: z.ZodType<Value>): Value {
  const stored = textOf(column, value);
  try {
    return schema.parse(JSON.parse(stored));
  } catch {
    throw invalid(column, stored);
  }
}
