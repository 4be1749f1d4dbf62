import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** Forms as browsers post them. What was typed is checked by the schema that the API and the commands use too. */

export function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}

/** What was typed into a field; empty without it. */
export function formField(form: URLSearchParams, name: string): string {
  return form.get(name) ?? '';
}

/** What was found wrong, by the name of the field; `form` concerns the whole form. */
export type Found = Readonly<Record<string, string>>;

/** Checks what was typed by the schema that the API and the commands use too. All problems come at once, each at its field. */
export function readForm<Schema extends z.ZodType>(
  schema: Schema,
  typed: unknown,
): { readonly isGood: true; readonly data: z.output<Schema> } | { readonly isGood: false; readonly problems: Found } {
  const result = schema.safeParse(typed);
  if (result.success) return { isGood: true, data: result.data };
  const problems: Record<string, string> = {};
  for (const { path, message } of result.error.issues) {
    const field = path.join('.') || 'form';
    problems[field] ??= sentence(message);
  }
  return { isGood: false, problems };
}

/** Of each field what is wrong with it, or `null`; `form` concerns the whole form. */
export type ProblemsAt<Name extends string> = Readonly<Record<Name | 'form', string | null>>;

/** For a page: of each field its problem or `null`; what belongs to none of them concerns the whole form. */
export function problemsAt<Name extends string>(names: readonly Name[], found: Found): ProblemsAt<Name> {
  const others = Object.entries(found).filter(([name]) => !names.some((known) => known === name));
  const at = Object.fromEntries(names.map((name) => [name, found[name] ?? null]));
  return { ...at, form: others[0]?.[1] ?? null } as ProblemsAt<Name>;
}

/** After a form: the page is asked for anew, so that a reload does not send the form again. */
export function seeOther(reply: FastifyReply, path: string): FastifyReply {
  return reply.redirect(path, 303);
}

/** The part of the path with this name. */
export function pathPart({ params }: FastifyRequest, name: string): string {
  const value = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** A message as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
