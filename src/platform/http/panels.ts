import { z } from 'zod';
import type { Banner } from './frame.ts';

/**
 * Where a panel can be on the page, from top to bottom: `top` for how the thing is now, `above` and `below` its status, `last` for what
 * may be long.
 */
export const PANEL_PLACES = ['top', 'above', 'below', 'last'] as const;
export type PanelPlace = (typeof PANEL_PLACES)[number];

/** A part of a page about one thing, and of what the API answers about it. Whoever has the page goes through all panels. */
export interface Panel<Subject> {
  /** Unique on the page. */
  readonly key: string;
  /** What it shows where; they are filled with the `content` of its view. */
  readonly templates: Readonly<Partial<Record<PanelPlace, URL>>>;
  /** What programs may ask of it. */
  readonly query: z.ZodType<PanelRead<Subject>>;
  /** The same as people may have typed it: what is not understood is left out. */
  readonly typedQuery: z.ZodType<PanelRead<Subject>>;
  /** What the API answers of what it reads. */
  readonly answer: z.ZodRawShape;
}

/** Reads what was asked for; `null`: this thing does not concern the panel. Rejects with a `TroubleError` when the database is away. */
export type PanelRead<Subject> = (subject: Subject) => Promise<PanelReading | null>;

export interface PanelReading {
  /** Part of the API's answer: keys that nobody else gives. */
  readonly data: object;
  /** The same for people. */
  view(): PanelView;
}

export interface PanelView {
  /** Shown above everything. */
  readonly banners?: readonly Banner[];
  /** Lines of the status. */
  readonly facts?: readonly Fact[];
  readonly content: object;
}

/** A line of the status. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A panel whose page shows what it reads, and nothing else. */
export function createPanel<Subject, Query, Data extends object>({
  key,
  templates,
  query,
  typedQuery,
  answer,
  read,
  view,
}: Pick<Panel<Subject>, 'key' | 'templates' | 'answer'> & {
  readonly query: z.ZodType<Query>;
  readonly typedQuery: z.ZodType<Query>;
  readonly read: (subject: Subject, query: Query) => Promise<Data | null>;
  readonly view: (data: Data, subject: Subject) => PanelView;
}): Panel<Subject> {
  const readOf =
    (asked: Query): PanelRead<Subject> =>
    async (subject) => {
      const data = await read(subject, asked);
      if (data === null) return null;
      return { data, view: () => view(data, subject) };
    };
  return { key, templates, query: query.transform(readOf), typedQuery: typedQuery.transform(readOf), answer };
}

/** A panel of the page alone: programs have what it shows from elsewhere. */
export function createPagePanel<Subject, Data>({
  key,
  templates,
  read,
  view,
}: Pick<Panel<Subject>, 'key' | 'templates'> & {
  readonly read: (subject: Subject) => Promise<Data>;
  readonly view: (data: Data, subject: Subject) => PanelView;
}): Panel<Subject> {
  const show: PanelRead<Subject> = async (subject) => {
    const data = await read(subject);
    return { data: {}, view: () => view(data, subject) };
  };
  const nothing: PanelRead<Subject> = async () => null;
  const anything = z.object({});
  return {
    ...{ key, templates, answer: {} },
    query: anything.transform(() => nothing),
    typedQuery: anything.transform(() => show),
  };
}

/** What all give, in one object. A key that two of them give is a bug. */
export function joinData(parts: readonly object[]): object {
  const entries = parts.flatMap((part) => Object.entries(part));
  const joined = Object.fromEntries(entries);
  if (Object.keys(joined).length < entries.length) throw new Error('two panels give the same key');
  return joined;
}
