import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { TroubleError } from '../../runtime/errors.ts';
import { toJson, toJsonObject } from '../../runtime/json.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A name in a query or a path. */
export const name = z.string().min(1).max(255);

/** What the query of a request asks for, and the parameters in its path after it; what is empty is not given. `null`: answered, with 400. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  reply: FastifyReply,
  ...asked: readonly unknown[]
): z.output<Schema> | null {
  const given = Object.fromEntries(asked.flatMap(entriesOf).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given, { error: describeIssue });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  sendRefusal(reply, `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'not understood'}`);
  return null;
}

/**
 * What the JSON body of a request says. `null`: answered, with 400 and every problem: `{"error","problems":[{"path","message"}]}`.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  reply: FastifyReply,
  body: unknown,
): z.output<Schema> | null {
  const result = schema.safeParse(body ?? {}, { error: describeIssue });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  reply.code(400).send({ error: 'the body is not valid', problems });
  return null;
}

/** What programs get wrong most, in words for people. `undefined` leaves the issue its own text. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  // Never what was given: it may be a secret in the wrong place.
  if (issue.code === 'unrecognized_keys') return 'has keys that are not known';
  if (issue.code === 'invalid_format' && issue.format === 'date') return 'must be a day, YYYY-MM-DD';
  return undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

export function sendEntries(reply: FastifyReply, entries: readonly object[]): FastifyReply {
  return reply.type(JSON_TYPE).send(toJson(entries));
}

export function sendEntry(reply: FastifyReply, entry: object): FastifyReply {
  return reply.type(JSON_TYPE).send(toJsonObject(entry));
}

export function sendRefusal(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error });
}

export function sendUnknown(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(404).send({ error });
}

/** Trouble that stays until somebody does something about it, with what that is. */
export function sendTrouble(
  reply: FastifyReply,
  status: 404 | 409,
  { code, message, advice }: TroubleError,
): FastifyReply {
  return reply.code(status).send({ error: `${message}. ${advice}`, code });
}
