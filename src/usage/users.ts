import { matchesGlob } from './accounting/glob.ts';
import type { RawQueue } from './ports.ts';

/** Finds the user of a queue; the first match wins. Globs are matched against the queue's name, its session's user and its comment. */
export interface UserRule {
  readonly match?: string;
  readonly comment?: string;
  readonly router?: string;
  /** The user, as people read it. */
  readonly name: string;
}

/** Whom a queue belongs to: by configuration, else its PPP or hotspot user, else its own name (docs/glossary.md). */
export function resolveUser(rules: readonly UserRule[], router: string, queue: RawQueue): string {
  const rule = rules.find(
    (each) =>
      (each.router === undefined || each.router === router) &&
      (each.comment === undefined || (queue.comment !== null && matchesGlob(each.comment, queue.comment))) &&
      (each.match === undefined || matchesGlob(each.match, queue.name) || matchesSession(each.match, queue)),
  );
  return rule?.name ?? queue.sessionUser ?? queue.name;
}

function matchesSession(glob: string, queue: RawQueue): boolean {
  return queue.sessionUser !== null && matchesGlob(glob, queue.sessionUser);
}
