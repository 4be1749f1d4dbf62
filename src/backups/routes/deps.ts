import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pathPart, sentence } from '../../platform/http/forms.ts';
import { sendMessage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { BackupActs } from '../acts.ts';
import { whichOf } from '../api/backups.ts';
import { statusOf } from '../api/refusals.ts';
import type { BackupLook } from '../look.ts';
import type { RunBook, RunStates } from '../outcome.ts';
import type { Which } from '../read-text.ts';
import type { WatchBook } from '../stale.ts';
import type { ListedDevice } from '../standing.ts';
import type { RunStarter } from '../start-run.ts';

export interface BackupPagesDeps {
  readonly frame: PageFrame;
  /** Throws a `TroubleError` `KEY_MISSING` without a key. */
  readonly look: () => BackupLook;
  readonly acts: BackupActs;
  readonly runs: Pick<RunBook, 'codesBefore'>;
  readonly states: RunStates;
  readonly starter: Pick<RunStarter, 'current'>;
  /** Of the roster. */
  readonly devices: () => readonly ListedDevice[];
  readonly watches: Pick<WatchBook, 'watches'>;
  /** A version that was not seen for longer than this is stale. */
  readonly staleAfterMs: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly timeZone: string;
}

const named = z.object({ name: z.string().catch('') });

/** The device in the path, or in the query where it is one that can be in no path. */
export function deviceOf(request: FastifyRequest): string {
  const inPath = pathPart(request, 'device');
  return inPath === '' ? named.parse(request.query).name : inPath;
}

/** The same at the two addresses that a device may have; see `pages/links.ts`. */
export function atBoth(end: string, route: Pick<Route, 'method' | 'right' | 'handler'>): Route[] {
  return [`/backups/:device${end}`, `/backups/device${end}`].map((path) => ({ ...route, path }));
}

/** The version in the path; `null`: it can be none. */
export function versionOf(request: FastifyRequest): Which | null {
  return whichOf(pathPart(request, 'version'));
}

/** The same handler; what cannot be done is a page that says why. */
export function telling(frame: PageFrame, handler: Route['handler']): Route['handler'] {
  return async (request, reply): Promise<FastifyReply> => {
    try {
      await handler(request, reply);
      return reply;
    } catch (error) {
      const status = statusOf(error);
      if (status === null || !(error instanceof TroubleError)) throw error;
      if (status === 404) return sendNoVersion(frame, reply);
      const { message, advice } = error;
      return sendMessage(frame, reply, status, { title: 'Not possible', text: sentence(message), advice });
    }
  };
}

export function sendNoVersion(frame: PageFrame, reply: FastifyReply): FastifyReply {
  const text = 'There is no such backup.';
  const advice = 'Old versions are deleted (backup.keep, backup.days). A quarantine ends with the next good backup.';
  return sendMessage(frame, reply, 404, { title: 'Not found', text, advice });
}
