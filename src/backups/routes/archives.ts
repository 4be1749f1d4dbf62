import { sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { archiveRoutes } from '../api/archives.ts';
import type { ArchiveDesk } from '../archive-desk.ts';
import { type ArchivesView, viewArchives } from '../pages/archives.ts';

export interface ArchiveRoutesDeps {
  readonly archives: Pick<ArchiveDesk, 'list'>;
  /** Public keys of age. */
  readonly recipients: readonly string[];
  readonly frame: PageFrame;
  readonly timeZone: string;
  /** Of the worker. */
  readonly clock: { now(): number };
}

/** Where off-site copies go, as a page and as JSON. */
export function createArchiveRoutes(deps: ArchiveRoutesDeps): Route[] {
  const { archives, recipients, frame, timeZone, clock } = deps;
  const page = frame.page<ArchivesView>(new URL('../pages/archives.hbs', import.meta.url));
  return [
    {
      ...{ method: 'GET', path: '/backups/archives', right: 'view' },
      handler: async (_request, reply) =>
        sendPage(reply, page(viewArchives(await archives.list(), { recipients, timeZone, now: clock.now() }))),
    },
    ...archiveRoutes(deps),
  ];
}
