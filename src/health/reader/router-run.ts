import type { LineUse, RouterLine } from '../../platform/routeros/line.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Look } from '../observation.ts';
import type { Reading } from './router-figures.ts';

/** One reading under way. It may outlast the look that began it: its end would end the connection that the usage poll needs too. */
export interface Run {
  /** What it has read so far. */
  reading(): Reading;
  /** Resolves at the first answer with how long that took, ms; never when none comes. */
  readonly answered: Promise<number>;
  /** Resolves with the trouble it ended with, `null` when it is complete. Rejects at a bug. */
  readonly ended: Promise<TroubleError | null>;
  /** Bytes that came over its connection after the login, whatever they belong to. */
  receivedBytes(): number;
}

/** A login that was refused is not tried again sooner: each is a line in the log of the router. */
const LOGIN_EVERY_MS = 600_000;

/** Begins readings over the line of a router, and opens it where it is closed. */
export function createRuns(deps: {
  readonly line: RouterLine;
  readonly clock: Clock;
  readonly beginReading: () => Reading;
}): (look: Look, connectWithinMs: number) => Run {
  const { line, clock, beginReading } = deps;
  let lastLoginMs = Number.NEGATIVE_INFINITY;

  return (look, connectWithinMs) => {
    const { signal } = look;
    const answered = Promise.withResolvers<number>();
    let reading = beginReading();
    let received = (): number => 0;

    async function work(over: LineUse): Promise<true> {
      // A router that lets us in and then says nothing more is mute.
      const before = over.client.receivedBytes;
      received = () => over.client.receivedBytes - before;
      reading = beginReading();
      const askedMs = clock.monotonicMs();
      await reading.run(over, async () => {
        answered.resolve(clock.monotonicMs() - askedMs);
        await look.enter();
      });
      return true;
    }

    /** Over a connection that is open already; `false` where there is none any more, and nothing was read. */
    async function readOpen(): Promise<boolean> {
      try {
        return (await line.useOpen(signal, work)) ?? false;
      } catch (error) {
        const isLost = error instanceof TroubleError && error.code === 'ROUTER_CLOSED' && reading.figures() === null;
        // As after a reboot, which a kept connection shows only now.
        if (isLost) return false;
        throw error;
      }
    }

    async function read(): Promise<TroubleError | null> {
      if (await readOpen()) return null;
      const refused = line.trouble?.code === 'ROUTER_LOGIN_FAILED' ? line.trouble : null;
      if (refused !== null) {
        if (clock.monotonicMs() - lastLoginMs < LOGIN_EVERY_MS) return refused;
        lastLoginMs = clock.monotonicMs();
      }
      await line.useQuietly({ signal, connectWithinMs }, work);
      return null;
    }

    const ended = read().catch((error: unknown) => {
      if (!(error instanceof TroubleError)) throw error;
      if (error.code === 'ROUTER_LOGIN_FAILED') lastLoginMs = clock.monotonicMs();
      return error;
    });
    return {
      reading: () => reading,
      answered: answered.promise,
      ended,
      receivedBytes: () => received(),
    };
  };
}
