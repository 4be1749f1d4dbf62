import type { Decision, KeptText } from '../../src/backups/versions.ts';

/** A text as it is to be kept. */
export function keptText(text: string, given: Partial<KeptText> = {}): KeptText {
  return {
    ...{ text, model: 'routeros', bytes: text.length, osVersion: null, hardware: null, serial: null, changedBy: [] },
    ...{ sight: { at: 1, clockMs: null }, ...given },
  };
}

/** The decision that a text becomes the newest version. */
export function newVersion(
  text: string,
  given: Partial<KeptText> = {},
  rest: { readonly accept?: readonly string[] } = {},
): Decision {
  return {
    ...{ kind: 'version', text: keptText(text, given), linesAdded: 1, linesRemoved: 2 },
    ...{ comparison: { before: [], after: [], lines: [] }, isRewritten: false, isImported: false, accept: [], ...rest },
  };
}
