import type { RouterTrouble } from '../devices/ports.ts';
import type { Composition } from '../notices/letter.ts';
import type { PageLinks } from '../notices/ports.ts';
import { asTyped } from '../runtime/command-name.ts';
import { formatDuration, formatMoment, readableName, shorten } from '../runtime/format.ts';

/** A router that cannot be read. */
export interface BlindRouter {
  readonly router: string;
  /** `null` when it was never read. */
  readonly lastReadAt: number | null;
  /** Since when it has not been read: its last reading, or when it began to be watched. */
  readonly unreadSince: number;
  readonly trouble: RouterTrouble;
}

/** A router that is read again. */
export interface SeenRouter {
  readonly router: string;
  readonly blindSince: number;
  readonly lastReadAt: number;
}

interface Context {
  readonly now: number;
  readonly timeZone: string;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
}

const LONGEST_NAME_IN_SUBJECT = 60;
/** A table of more would be cut off by mail programs; the subject says how many there are. */
const MOST_TABLE_ROWS = 200;
const WHAT_IT_MEANS =
  'The router keeps counting, and NetSentinel reads the counters when the router answers again. If it reboots before that, bytes are lost.';

export function blindLetter(blind: BlindRouter, { now, timeZone, pages }: Context): Composition {
  const name = readableName(blind.router);
  const unread = formatDuration(now - blind.unreadSince);
  return {
    subject: `Router ${shorten(name, LONGEST_NAME_IN_SUBJECT)} has not been read for ${unread}`,
    letter: {
      tone: 'alert',
      kicker: 'Router not read',
      title: `${name} has not been read for ${unread}`,
      lead: WHAT_IT_MEANS,
      meter: null,
      facts: [
        { label: 'Router', value: name },
        { label: 'Last read', value: blind.lastReadAt === null ? 'never' : formatMoment(blind.lastReadAt, timeZone) },
        { label: 'Error', value: `${readableName(blind.trouble.message)} (${blind.trouble.code})` },
        { label: 'What to do', value: blind.trouble.advice },
      ],
      table: null,
      page: pages?.router(blind.router),
      advice: 'Test each step, on the NetSentinel server:',
      commands: [asTyped('check')],
    },
  };
}

export function blindsLetter(blinds: readonly BlindRouter[], { now, timeZone, pages }: Context): Composition {
  return {
    subject: `${blinds.length} routers cannot be read`,
    letter: {
      tone: 'alert',
      kicker: 'Routers not read',
      title: `${blinds.length} routers cannot be read`,
      lead: WHAT_IT_MEANS,
      meter: null,
      facts: [],
      table: {
        head: ['Router', 'Not read for', 'Last read', 'Error'],
        rows: blinds
          .slice(0, MOST_TABLE_ROWS)
          .map(({ router, lastReadAt, unreadSince, trouble }) => [
            readableName(router),
            formatDuration(now - unreadSince),
            lastReadAt === null ? 'never' : formatMoment(lastReadAt, timeZone),
            readableName(trouble.message),
          ]),
      },
      page: pages?.routers(),
      advice: 'Test each step, on the NetSentinel server:',
      commands: [asTyped('check')],
    },
  };
}

export function seenLetter(seen: readonly SeenRouter[], { now, timeZone, pages }: Context): Composition {
  const [first] = seen;
  const title =
    seen.length === 1 && first !== undefined
      ? `Router ${shorten(readableName(first.router), LONGEST_NAME_IN_SUBJECT)} is read again`
      : `${seen.length} routers are read again`;
  return {
    subject: title,
    letter: {
      tone: 'good',
      kicker: 'Read again',
      title,
      lead: 'The usage of this time is counted, except bytes lost in a reboot or reset; that time is marked as missing data.',
      meter: null,
      facts: [],
      table: {
        head: ['Router', 'Not read since', 'Read again', 'Ago'],
        rows: seen
          .slice(0, MOST_TABLE_ROWS)
          .map(({ router, blindSince, lastReadAt }) => [
            readableName(router),
            formatMoment(blindSince, timeZone),
            formatMoment(lastReadAt, timeZone),
            formatDuration(Math.max(0, now - lastReadAt)),
          ]),
      },
      page: seen.length === 1 && first !== undefined ? pages?.router(first.router) : pages?.routers(),
      advice: 'Usage with the gaps, on the NetSentinel server:',
      commands: [asTyped('usage --by queue')],
    },
  };
}
