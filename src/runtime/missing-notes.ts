import { formatUnobserved, readableName, shorten } from './format.ts';

/** Characters of a name in a sentence. */
export const LONGEST_NAME = 40;
const MOST_NOTES = 5;

/** Time of a router that could not be observed. */
export interface MissingTime {
  readonly router: string;
  readonly durationMs: number;
}

/** What could not be observed, a sentence each. */
export function unobservedNotes(unobserved: readonly MissingTime[]): string[] {
  return firstNotes(unobserved.map(unobservedNote));
}

export function unobservedNote({ router, durationMs }: MissingTime): string {
  const name = shorten(readableName(router), LONGEST_NAME);
  return `${name}: up to ${formatUnobserved(durationMs)} of data missing.`;
}

/** No more than a reader wants to see. */
export function firstNotes(notes: string[]): string[] {
  return notes.length > MOST_NOTES
    ? [...notes.slice(0, MOST_NOTES), `… and ${notes.length - MOST_NOTES} more routers.`]
    : notes;
}
