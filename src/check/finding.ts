import { asTyped } from '../runtime/command-name.ts';
import { type PartFinding, warning } from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';

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

const LONGEST_NAME = 40;

/** A name as text of a RouterOS command line. One that must not be typed as it looks becomes a placeholder. */
export function scriptText(name: string): string {
  if (readableName(name) !== name || name.includes('`') || Array.from(name).length > LONGEST_NAME) return '"NAME"';
  return `"${name.replace(/[\\"$]/g, '\\$&')}"`;
}
