import { RouterTrapError } from '../../platform/routeros/errors.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { RawQueue } from '../ports.ts';
import { isTooLong, type QueueList } from './queue-list.ts';

type Print = <T>(menu: string, properties: readonly string[], toResult: (row: Row) => T) => Promise<T[]>;

/** A kind of session for which RouterOS makes dynamic queues named `<kind-…>`. */
interface SessionKind {
  readonly menu: string;
  /** What a session and its queue have in common, besides `user`. */
  readonly property: string;
  /** What the queue's name begins with; it ends with `>`. */
  readonly prefix: string;
  keyOf(queue: RawQueue, list: QueueList): string;
}

/** A service of PPP: the queue has the name of the session's interface, `<l2tp-bob>`, and `<l2tp-bob-1>` for a second one of the same user. */
function pppKind(service: string): SessionKind {
  return {
    menu: `/interface/${service}-server`,
    property: 'name',
    prefix: `<${service}-`,
    keyOf: (queue) => queue.name,
  };
}

const KINDS: readonly SessionKind[] = [
  ...['pppoe', 'l2tp', 'pptp', 'sstp', 'ovpn'].map(pppKind),
  {
    menu: '/ip/hotspot/active',
    property: 'address',
    prefix: '<hotspot-',
    keyOf: (queue, list) => (list.hotspotTargets.get(queue.id) ?? '').replace(/\/(32|128)$/, ''),
  },
];

/** What stands inside `<kind-…>`; `null` for a name of another kind. */
function insideOf({ prefix }: SessionKind, name: string): string | null {
  const isOfKind = name.startsWith(prefix) && name.endsWith('>') && name.length > prefix.length + 1;
  return isOfKind ? name.slice(prefix.length, -1) : null;
}

/** Finds the user whose session a dynamic queue belongs to, over the polls of one router. */
export interface SessionUsers {
  /** Reads the sessions of every kind that had queues in the last poll; goes out beside the list of queues. */
  refresh(print: Print): Promise<void>;
  /** Reads again what `refresh` could not know: kinds that are new, sessions begun since. At most once a kind. */
  complete(print: Print, list: QueueList): Promise<void>;
  /** The list's queues with the user of each session: as the router's session list says, else the name inside `<…>`. */
  fillIn(list: QueueList): readonly RawQueue[];
}

/** A refused list is no failure: the last known one is used, with one warning in the log. */
export function createSessionUsers(deps: { readonly router: string; readonly logger: Logger }): SessionUsers {
  const known = KINDS.map((kind) => ({
    kind,
    users: new Map<string, string>(),
    /** Queues of the last poll, by whether the router named their user; `null` before any poll. */
    unmatched: new Set<string>(),
    hadQueues: false,
    refused: false,
  }));

  async function read(entry: (typeof known)[number], print: Print): Promise<void> {
    const { menu, property } = entry.kind;
    try {
      const sessions = await print(
        menu,
        [property, 'user'],
        (row) => [row.get(property) ?? '', row.get('user') ?? ''] as const,
      );
      entry.users = new Map(sessions.filter(([key, user]) => key !== '' && user !== '' && !isTooLong(user)));
      entry.refused = false;
    } catch (error) {
      if (!(error instanceof RouterTrapError)) {
        throw error;
      }
      if (!entry.refused) {
        deps.logger.warn(
          { router: deps.router, menu, code: error.code, reason: error.trap.message },
          'sessions cannot be read; queue names are used as user names',
        );
      }
      entry.refused = true;
    }
  }

  function userOf(queue: RawQueue, list: QueueList): string | null {
    for (const { kind, users } of known) {
      const inside = insideOf(kind, queue.name);
      if (inside !== null) {
        return users.get(kind.keyOf(queue, list)) ?? inside;
      }
    }
    return null;
  }

  return {
    async refresh(print) {
      await Promise.all(known.filter((entry) => entry.hadQueues).map((entry) => read(entry, print)));
    },
    async complete(print, list) {
      const dynamic = list.queues.filter((queue) => queue.dynamic);
      await Promise.all(
        known.map(async (entry) => {
          const keys = dynamic
            .filter((queue) => insideOf(entry.kind, queue.name) !== null)
            .map((queue) => entry.kind.keyOf(queue, list));
          const isUnmatched = (key: string): boolean => !entry.users.has(key);
          if (keys.some((key) => isUnmatched(key) && !entry.unmatched.has(key))) {
            await read(entry, print);
          }
          entry.unmatched = new Set(keys.filter(isUnmatched));
          entry.hadQueues = keys.length > 0;
        }),
      );
    },
    fillIn(list) {
      return known.some((entry) => entry.hadQueues)
        ? list.queues.map((queue) => (queue.dynamic ? { ...queue, sessionUser: userOf(queue, list) } : queue))
        : list.queues;
    },
  };
}
