import { TroubleError } from './errors.ts';
import { readableName, shorten } from './format.ts';

/** Whether something is as it should be, in words for who has to put it right. */
export interface Finding {
  /** `configuration`, `LibreNMS`, `database`, `jobs`, `mail`, `router NAME`, …: a heading in what `check` prints. */
  readonly subject: string;
  /** What of it, e.g. `login`. */
  readonly part: string;
  readonly status: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** What to do; `null` when there is nothing to do. */
  readonly advice: string | null;
}

/** A finding before it is known whose it is. */
export type PartFinding = Omit<Finding, 'subject'>;

export function about(subject: string, findings: readonly PartFinding[]): Finding[] {
  return findings.map((finding) => ({ subject, ...finding }));
}

/** What findings about a router have as their subject. */
export function routerSubject(name: string): string {
  return `router ${name}`;
}

export function ok(part: string, found: string): PartFinding {
  return { part, status: 'ok', found, advice: null };
}

export function warning(part: string, found: string, advice: string): PartFinding {
  return { part, status: 'warning', found, advice };
}

export function failure(part: string, found: string, advice: string): PartFinding {
  return { part, status: 'failure', found, advice };
}

export function troubled(part: string, trouble: TroubleError): PartFinding {
  return failure(part, `${readableName(trouble.message)} (${trouble.code})`, trouble.advice);
}

/** Turns expected trouble into findings; any other error is a bug and is thrown. */
export async function orTrouble(
  part: string,
  work: () => Promise<readonly PartFinding[]>,
): Promise<readonly PartFinding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TroubleError) return [troubled(part, error)];
    throw error;
  }
}

const NAMED_AT_MOST = 5;
const LONGEST_NAME = 40;

/** `"bob", "eve" and 3 more`: names are hostile data, and there may be thousands of them. */
export function listNames(names: readonly string[]): string {
  return withRest(names.slice(0, NAMED_AT_MOST).map(quoteName), names.length);
}

/** `shown`, and how many of `total` are left. */
export function withRest(shown: readonly string[], total: number): string {
  const rest = total - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest.toLocaleString('en-US')} more` : shown.join(', ');
}

/** A name between quotes, harmless and not too long. */
export function quoteName(name: string): string {
  return `"${shorten(readableName(name), LONGEST_NAME)}"`;
}
