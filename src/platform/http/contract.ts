import { z } from 'zod';

/** A body that is no JSON, e.g. a file. */
export interface OtherContent {
  /** `text/csv` */
  readonly mediaType: string;
}

export type Content = z.ZodType | OtherContent;

/**
 * What a route of the API takes and answers, declared beside the right it needs. The handler reads by the same schemas
 * (`parseQuery`, `parseBody`), the document `/api/v1/openapi.json` is made of them, and a test holds every answer against that. A schema
 * with `.meta({ id: 'User' })` is named in the document. Parameters in the path are texts.
 */
export interface Contract {
  /** What it does, as in a list: `Add a user`. */
  readonly summary: string;
  /** What may stand behind `?`; an object, or several whose keys may all be given. */
  readonly query?: z.ZodType | readonly z.ZodType[];
  readonly body?: Content;
  /** What is answered when all is well; `null`: no body. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204, Content | null>>>;
  /**
   * Statuses of what cannot be done. 400 (where there is a query or a body), 401, 403 and 503 belong to every route and need not be named.
   */
  readonly refuses?: readonly Refusal[];
}

export type Refusal = 400 | 404 | 409;

/** What every refusal says: what is wrong, its code where it has one, and of a body each problem. */
export const refusal = z
  .strictObject({
    error: z.string(),
    code: z.string().optional(),
    problems: z
      .array(z.strictObject({ path: z.string().optional(), line: z.int().optional(), message: z.string() }))
      .optional(),
  })
  .meta({ id: 'Refusal' });

/** Fields of answers that many have. */
export const instantField = z.iso.datetime();
export const dayField = z.iso.date();
/** An exact integer, also beyond 2^53. */
export const bytesField = z.bigint().nonnegative();
export const countField = z.int().nonnegative();
