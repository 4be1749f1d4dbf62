import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takesGzip } from '../../platform/http/headers.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { createDatabaseQuestion } from '../../runtime/question.ts';
import { keepWork } from '../../runtime/shared-work.ts';
import type { Calendar } from '../../usage/accounting/day.ts';
import { type PublicStatusView, viewPublicStatus } from '../pages/public-status.ts';
import { type PublicArchive, publicFrom, publicStatus, type StatusPage } from '../public-status.ts';

/** However many visitors there are, a page is made once in this time: anybody may ask for it, as often as they like. */
const KEPT_MS = 15_000;
/** Visitors do not wait for a database that hangs: each would hold a connection. */
const DEADLINE_MS = 5_000;

const compress = promisify(gzip);

export interface StatusPagesDeps {
  readonly pages: readonly StatusPage[];
  /** Rejects with a `TroubleError` also while the schema is not ready. */
  readonly archive: PublicArchive;
  readonly frame: PageFrame;
  readonly calendar: Pick<Calendar, 'timeZone' | 'dayOf' | 'addDays' | 'startOf' | 'endOf'>;
  readonly clock: Clock;
}

/**
 * `/status/<slug>`: how some devices are, for everybody. Each page has an address of its own, so that what is not configured is answered as
 * any other address that there is not.
 */
export function createStatusPages({ pages, archive, frame, calendar, clock }: StatusPagesDeps): Route[] {
  const template = frame.page<PublicStatusView>(new URL('../pages/public-status.hbs', import.meta.url));
  return pages.map((page) => {
    async function make() {
      const now = clock.now();
      const records = await archive.read(
        page.devices.map(({ device }) => device),
        publicFrom(now, calendar),
      );
      const html = template(viewPublicStatus(page, publicStatus(page, records, now, calendar), calendar.timeZone));
      return { html, zipped: await compress(html) };
    }
    const ask = createDatabaseQuestion({ ask: keepWork(make, KEPT_MS, clock), clock, deadlineMs: DEADLINE_MS });

    async function handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      reply.type('text/html; charset=utf-8');
      try {
        const { html, zipped } = await ask();
        reply.header('cache-control', `public, max-age=${KEPT_MS / 1000}`);
        return takesGzip(request) ? reply.header('content-encoding', 'gzip').send(zipped) : reply.send(html);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        return reply.code(503).send(template(viewPublicStatus(page, null, calendar.timeZone)));
      }
    }
    return { method: 'GET', path: `/status/${page.slug}`, right: 'public', handler };
  });
}
