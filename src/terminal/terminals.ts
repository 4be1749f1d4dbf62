import { randomBytes } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { STOPPING } from './ends.ts';
import {
  MOST_OF_A_USER,
  type OpenShell,
  PLACE_KEPT_MS,
  type PlaceBook,
  type RecordChange,
  type RecordingBook,
  type TerminalActor,
  type TerminalDevice,
  type TerminalSize,
  type TicketBook,
  type Wire,
} from './ports.ts';
import { createRecorder } from './recorder.ts';
import { openTerminal, type Terminal } from './session.ts';
import { issueTicket, redeemTicket } from './tickets.ts';

/** Who asks for a terminal. */
export interface Asking extends TerminalActor {
  /** Their session. */
  readonly session: string;
}

/** Why there is no terminal: no such device, the user has two, or this worker has enough; `ticket`: it is not good for it. */
export type Refused = 'unknown' | 'two' | 'busy' | 'ticket';

/** A place for a terminal. Whoever gets it calls one of both at once. */
export interface Admitted {
  open(wire: Wire): Terminal;
  /** There is no browser any more. */
  leave(): Promise<void>;
}

/** The terminals of this worker. Everything rejects with a `TroubleError` while the database is away, or the login cannot be read. */
export interface Terminals {
  issue(asking: Asking, device: string, size: TerminalSize): Promise<{ readonly ticket: string } | Refused>;
  /** Uses the ticket up and takes a place. */
  admit(asking: Asking, device: string, ticket: string): Promise<Admitted | Refused>;
  /** That are open. */
  size(): number;
  /** Ends all, and waits until that is kept. */
  stop(): Promise<void>;
}

export interface TerminalsDeps {
  readonly tickets: TicketBook;
  readonly places: PlaceBook;
  readonly findDevice: (name: string) => Promise<TerminalDevice | null>;
  readonly openShell: OpenShell;
  /** Keeps recordings; `null`: there are none. */
  readonly recordings: RecordingBook | null;
  readonly record: RecordChange;
  /** A terminal has begun. */
  readonly counted: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Each may hold some MB. */
const MOST_TERMINALS = 50;
/** As `tooLong` in `recorder.ts` says. */
const MOST_RECORDED_BYTES = 64 * 1024 * 1024;
/** Outcome of a terminal whose browser went away before it was one. */
const NEVER_OPENED = 'NEVER_OPENED';
const RENEWED_EVERY_MS = PLACE_KEPT_MS / 4;

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { tickets, places, findDevice, openShell, recordings, record, clock, logger } = deps;
  const open = new Set<Terminal>();
  const endings = new Set<Promise<void>>();
  let isStopped = false;

  /** What is kept of the end is no reason to fail: the terminal is over. */
  async function keepEnd(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof TroubleError) logger.warn({ code: error.code }, `${what} could not be stored`);
      else logger.error({ err: error }, 'bug');
    }
  }

  function renew(id: string): () => void {
    let cancel = () => {};
    const later = () => {
      cancel = clock.after(RENEWED_EVERY_MS, () => {
        void keepEnd('that a terminal is open', () => places.renew(id));
        later();
      });
    };
    later();
    return () => cancel();
  }

  async function close(id: string, { who, kind, from }: Asking, subject: string, outcome: string): Promise<void> {
    await keepEnd('the end of a terminal', () =>
      record({ who, kind, from, action: 'terminal.close', subject, outcome }),
    );
    await keepEnd('the end of a terminal', () => places.leave(id));
  }

  function begin(wire: Wire, id: string, asking: Asking, device: TerminalDevice, size: TerminalSize) {
    const { who } = asking;
    const about = { id, device: device.name, who };
    const recorder =
      recordings === null ? null : createRecorder({ about, book: recordings, clock, mostBytes: MOST_RECORDED_BYTES });
    const stopRenewing = renew(id);
    const onBug = (error: unknown) => logger.error({ err: error }, 'bug');
    const terminal = openTerminal(wire, { device, size, openShell, recorder, clock, onBug });
    open.add(terminal);
    deps.counted();
    logger.info({ device: device.name, user: who, terminal: id }, 'terminal opened');
    const ending = terminal.ended.then(async ({ outcome }) => {
      open.delete(terminal);
      stopRenewing();
      logger.info({ device: device.name, user: who, terminal: id, outcome }, 'terminal closed');
      const name = terminal.username();
      const subject = name === null ? device.name : `${device.name} as ${name}`;
      await keepEnd('the recording of a terminal', async () => recorder?.finish(outcome));
      await close(id, asking, subject, outcome);
      endings.delete(ending);
    });
    endings.add(ending);
    if (isStopped) terminal.end(STOPPING);
    return terminal;
  }

  return {
    async issue({ session, who }, name, size) {
      const device = await findDevice(name);
      if (device === null) return 'unknown';
      if ((await places.count(who)) >= MOST_OF_A_USER) return 'two';
      return { ticket: await issueTicket(tickets, { session, device: device.name, size }) };
    },
    async admit(asking, name, ticket) {
      const { who, kind, from, session } = asking;
      const grant = await redeemTicket(tickets, ticket, { session, device: name });
      if (grant === null) return 'ticket';
      if (isStopped || open.size >= MOST_TERMINALS) return 'busy';
      const device = await findDevice(name);
      if (device === null) return 'unknown';
      const id = randomBytes(16).toString('hex');
      if (!(await places.take(who, id))) return 'two';
      try {
        // What cannot be put on record is not done.
        await record({ who, kind, from, action: 'terminal.open', subject: device.name, outcome: 'ok' });
      } catch (error) {
        await keepEnd('the end of a terminal', () => places.leave(id));
        throw error;
      }
      return {
        open: (wire) => begin(wire, id, asking, device, grant.size),
        leave: () => close(id, asking, device.name, NEVER_OPENED),
      };
    },
    size: () => open.size,
    async stop() {
      isStopped = true;
      for (const terminal of open) terminal.end(STOPPING);
      await Promise.all(endings);
    },
  };
}
