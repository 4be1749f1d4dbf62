import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sentence } from '../../platform/http/forms.ts';
import { sendMessage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { type InventoryDeps, isInTheWay } from '../api/inventory-deps.ts';
import { type Problem, Refusal } from '../inventory.ts';
import type { FormChoices } from '../pages/device-form.ts';
import { secretsNote } from '../pages/form-parts.ts';
import type { Condition } from '../ports.ts';

export interface InventoryPagesDeps extends InventoryDeps {
  readonly frame: PageFrame;
  readonly timeZone: string;
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
}

const named = z.object({ name: z.string().catch('') });

/** The name in the path, or in the query where it is one that can be in no path. */
export function nameOf({ params, query }: FastifyRequest): string {
  const inPath = named.parse(params).name;
  return inPath === '' ? named.parse(query).name : inPath;
}

/** The same at the two addresses that a name may have; see `inventory-links.ts`. */
export function atBoth(
  list: string,
  word: string,
  route: Pick<Route, 'method' | 'right' | 'handler'> & { readonly end?: string },
): Route[] {
  const { end = '', ...rest } = route;
  return [`${list}/:name${end}`, `${list}/${word}${end}`].map((path) => ({ ...rest, path }));
}

/** What is in the way of a change, or what was made of it. */
export type Tried<Result> =
  | { readonly isDone: true; readonly result: Result }
  | { readonly isDone: false; readonly problems: readonly Problem[]; readonly status: number };

/** Does the work, or says what stands in its way; trouble that is over by itself is thrown on. */
export async function tryWork<Result>(work: () => Promise<Result>): Promise<Tried<Result>> {
  try {
    return { isDone: true, result: await work() };
  } catch (error) {
    if (error instanceof Refusal) {
      return { isDone: false, problems: error.problems, status: error.kind === 'invalid' ? 400 : 409 };
    }
    if (!isInTheWay(error)) throw error;
    const message = `${error.message}. ${error.advice.replace(/\.$/, '')}`;
    return { isDone: false, problems: [{ field: 'form', message, kind: 'conflict' }], status: 409 };
  }
}

/** Problems by the name of their field, each as a sentence; of several at one field the first. */
export function byField(problems: readonly Problem[], fieldOf: (problem: Problem) => string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const problem of problems) found[fieldOf(problem) || 'form'] ??= sentence(problem.message);
  return found;
}

/** What may be chosen in the form of a device. */
export async function formChoices({ desk, trouble }: Pick<InventoryDeps, 'desk' | 'trouble'>): Promise<FormChoices> {
  const names = (await desk.devices()).map(({ name }) => name);
  return {
    credentials: (await desk.credentials()).map(({ name }) => name),
    parents: [...new Set(names)].slice(0, MOST_PARENTS),
    trouble: secretsNote(trouble()),
  };
}

/** Of a longer list a name is typed whole. */
const MOST_PARENTS = 500;

export function sendNoSuch(frame: PageFrame, reply: FastifyReply, what: 'device' | 'credential'): FastifyReply {
  const advice = 'Somebody else may have removed it.';
  return sendMessage(frame, reply, 404, { title: 'Not found', text: `There is no ${what} of this name.`, advice });
}

/** A page that says why something was not done. */
export function sendRefused(frame: PageFrame, reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof Refusal) && !isInTheWay(error)) throw error;
  const { message, advice } = error instanceof TroubleError ? error : { message: '', advice: '' };
  return sendMessage(frame, reply, 409, { title: 'Not done', text: sentence(message), advice });
}
