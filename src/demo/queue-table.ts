import type { Clock } from '../runtime/clock.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import { type QueueRow, renderQueue } from './queue-menu.ts';
import { type Session, sessionRows } from './sessions.ts';
import { createTruthBook, type Meter, type QueueTruth, ZERO } from './truth.ts';

export interface NewQueue {
  readonly name: string;
  readonly target?: string;
  readonly parent?: string;
  readonly comment?: string;
  readonly dynamic?: boolean;
  /** Where the counter stands already; default 0. Before the router was first listed this is history older than the truth book. */
  readonly counter?: Counter;
  /** The `.id` of a removed row, given again; default: one never used. */
  readonly id?: string;
}

interface LiveQueue extends QueueRow {
  meter: Meter;
}

/** The queues of a simulated router with their sessions, and the truth about every byte. Naming what does not exist throws. */
export function createQueueTable(clock: Clock) {
  const book = createTruthBook();
  const queues = new Map<string, LiveQueue>();
  let sessions: Session[] = [];
  /** Whether this device has served a list; bytes counted before the first one cannot be observed. */
  let listedBefore = false;
  let lastId = 0;

  function queueNamed(name: string): LiveQueue {
    const queue = queues.get(name);
    if (queue === undefined) throw new Error(`the simulated router has no queue ${JSON.stringify(name)}`);
    return queue;
  }

  function nextId(): string {
    lastId += 1;
    return `*${lastId.toString(16).toUpperCase()}`;
  }

  function refuseKnown(name: string): void {
    if (queues.has(name)) throw new Error(`the simulated router has a queue ${JSON.stringify(name)} already`);
  }

  function insert(queue: NewQueue): void {
    refuseKnown(queue.name);
    queues.set(queue.name, {
      id: queue.id ?? nextId(),
      name: queue.name,
      target: queue.target ?? '10.0.0.0/24',
      parent: queue.parent ?? null,
      comment: queue.comment ?? null,
      dynamic: queue.dynamic ?? false,
      garbled: false,
      meter: book.openMeter(queue.name, queue.counter ?? ZERO, !listedBefore),
    });
  }

  function remove(name: string): LiveQueue {
    const queue = queueNamed(name);
    book.wipe(name, queue.meter, 'gone');
    queues.delete(name);
    return queue;
  }

  function sessionsOf(user: string): Session[] {
    const found = sessions.filter((session) => session.user === user);
    if (found.length === 0) throw new Error(`the simulated router has no session of ${JSON.stringify(user)}`);
    return found;
  }

  return {
    insert,
    remove(name: string): void {
      remove(name);
    },
    rename(name: string, newName: string): void {
      refuseKnown(newName);
      const queue = queueNamed(name);
      queues.delete(name);
      queues.set(newName, { ...queue, name: newName });
    },
    reset(name: string): void {
      for (const queue of name === 'all' ? queues.values() : [queueNamed(name)]) {
        queue.meter = book.wipe(queue.name, queue.meter, 'reset');
      }
    },
    garble(name: string, garbled: boolean): void {
      queues.set(name, { ...queueNamed(name), garbled });
    },
    /** Counts bytes of a queue; `false`, and nothing moves, unless the router `isUp`. */
    move(name: string, bytes: Counter, isUp: boolean): boolean {
      const queue = queueNamed(name);
      if (isUp) book.move(name, queue.meter, bytes);
      return isUp;
    },

    /** Makes a session and its dynamic queue; gives the queue's name. */
    connect(service: Session['service'], user: string, target: (queue: string) => string): string {
      const base = `${service}-${user}`;
      let queue = `<${base}>`;
      for (let number = 1; queues.has(queue); number += 1) queue = `<${base}-${number}>`;
      insert({ name: queue, target: target(queue), dynamic: true });
      sessions.push({
        id: nextId(),
        service,
        user,
        queue,
        target: target(queue),
        sinceMonotonicMs: clock.monotonicMs(),
      });
      return queue;
    },
    reconnect(user: string): void {
      for (const session of sessionsOf(user)) {
        const { target } = remove(session.queue);
        insert({ name: session.queue, target, dynamic: true });
        sessions = sessions.filter((other) => other !== session);
        sessions.push({ ...session, id: nextId(), sinceMonotonicMs: clock.monotonicMs() });
      }
    },
    disconnect(user: string): void {
      for (const session of sessionsOf(user)) remove(session.queue);
      sessions = sessions.filter((session) => session.user !== user);
    },

    /** Every counter begins again; dynamic rows come back under new `.id`s. */
    reboot(): void {
      for (const [name, queue] of queues) {
        const id = queue.dynamic ? nextId() : queue.id;
        queues.set(name, { ...queue, id, meter: book.wipe(name, queue.meter, 'gone') });
      }
    },
    /** Another device has the same queues. */
    replaceDevice(counterOf: (queue: string, replaced: Counter) => Counter, keepsIds: boolean): void {
      listedBefore = false;
      for (const [name, queue] of queues) {
        const counter = counterOf(name, queue.meter.counter);
        queues.set(name, {
          ...queue,
          id: keepsIds ? queue.id : nextId(),
          meter: { ...book.wipe(name, queue.meter, 'replaced'), counter, served: counter },
        });
      }
    },
    /** All sessions begin anew at an instant of the monotonic clock. */
    restartSessions(sinceMonotonicMs: number): void {
      sessions = sessions.map((session) => ({ ...session, id: nextId(), sinceMonotonicMs }));
    },

    render: (wanted: Parameters<typeof renderQueue>[2]) =>
      [...queues.values()].map((queue) => renderQueue(queue, queue.meter.counter, wanted)),
    sessionRows: (service: Session['service']) => sessionRows(sessions, service, clock.monotonicMs()),
    /** Remembers what the list shows, to be booked by the function it gives when the list has left whole. */
    snapshot(): () => void {
      const shown = [...queues.values()]
        .filter((queue) => !queue.garbled)
        .map(({ name, meter }) => ({ name, meter, counter: meter.counter }));
      return () => {
        listedBefore = true;
        for (const { name, meter, counter } of shown) book.markServed(name, meter, counter);
      };
    },
    isParent: (name: string) => queues.values().some(({ parent }) => parent === name),
    names: () => [...queues.keys()],
    truth: (): Map<string, QueueTruth> => book.report(queues.values()),
  };
}
