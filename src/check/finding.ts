import { asTyped } from '../runtime/command-name.ts';
import { TroubleError } from '../runtime/errors.ts';
import { readableName, shorten } from '../runtime/format.ts';
import type { PartFinding } from './ports.ts';

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

/**
 * The finding for a menu that was not read: an unchecked part is always reported, and never as ok. `menu` as one types it.
 * Where a version of RouterOS may lack the menu, the caller handles that before.
 */
export function notLookedAt(part: string, unread: 'missing' | 'refused' | 'failed', menu: string): PartFinding {
  switch (unread) {
    case 'missing':
      return warning(
        part,
        `not checked: the router says that it has no ${menu}`,
        `Every RouterOS has this menu. Run \`${menu} print\` on the router; if it is missing there too, update RouterOS.`,
      );
    case 'refused':
      return warning(part, `not checked: the user may not read ${menu}`, `Check it on the router: \`${menu} print\``);
    case 'failed':
      return warning(
        part,
        `not checked: the connection broke before ${menu} was read`,
        `Run \`${asTyped('check')}\` again; on a slow link raise collect.timeoutSeconds.`,
      );
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

/** A name as text of a RouterOS command line. One that must not be typed as it looks becomes a placeholder. */
export function scriptText(name: string): string {
  if (readableName(name) !== name || name.includes('`') || Array.from(name).length > LONGEST_NAME) return '"NAME"';
  return `"${name.replace(/[\\"$]/g, '\\$&')}"`;
}
