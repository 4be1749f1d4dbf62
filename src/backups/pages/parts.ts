import { formatBytes, formatMoment, readableName } from '../../runtime/format.ts';
import type { Which } from '../read-text.ts';
import type { Quarantine, Version } from '../versions.ts';

/** What pages of backups have in common. */
export interface Context {
  readonly now: number;
  readonly timeZone: string;
}

/** A line of facts. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The facts that are known; what is not is left out. */
export function factsOf(facts: readonly (readonly [label: string, value: string | null])[]): Fact[] {
  return facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: readableName(value) }]));
}

export function namesOf(users: readonly string[]): string | null {
  return users.length === 0 ? null : users.map(readableName).join(', ');
}

export function sizeOf(bytes: number): string {
  return formatBytes(BigInt(bytes));
}

export function titleOf(which: Which): string {
  return which === 'quarantine' ? 'Quarantine' : `Version ${which}`;
}

/** What is known of a text without its content. */
export function textFacts(facts: Version | Quarantine, timeZone: string): Fact[] {
  const { firstSeenAt, lastSeenAt, bytes, osVersion, hardware, serial, changedBy } = facts;
  return factsOf([
    ['Since', formatMoment(firstSeenAt, timeZone)],
    ['Last seen', formatMoment(lastSeenAt, timeZone)],
    ['Size', sizeOf(bytes)],
    ['System version', osVersion],
    ['Hardware', hardware],
    ['Serial number', serial],
    ['Changed by', namesOf(changedBy)],
  ]);
}

/** `+3 −1`, of a version against the one before; the first one has none. */
export function changeOf({ linesAdded, linesRemoved }: Pick<Version, 'linesAdded' | 'linesRemoved'>): string {
  return `+${linesAdded.toLocaleString('en-US')} −${linesRemoved.toLocaleString('en-US')}`;
}

/** Links to the other parts of something long. */
export interface Pager {
  readonly place: string;
  readonly previous: string | null;
  readonly next: string | null;
}

/** `link`: to a part, by its number from 1. `null`: one page has all. */
export function pagerOf(part: number, parts: number, link: (page: number) => string): Pager | null {
  if (parts <= 1) return null;
  return {
    place: `Page ${part + 1} of ${parts.toLocaleString('en-US')}`,
    previous: part === 0 ? null : link(part),
    next: part + 1 >= parts ? null : link(part + 2),
  };
}
