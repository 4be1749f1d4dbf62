import { z } from 'zod';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { AuditBook } from '../audit.ts';
import { type AuditDays, auditQuery, readAudit } from '../audit-query.ts';
import { type AuditView, viewAudit } from '../pages/audit.ts';

export interface AuditPageDeps {
  readonly audit: AuditBook;
  readonly days: AuditDays;
  readonly frame: PageFrame;
  readonly timeZone: string;
}

const { who, action, from, to, before } = auditQuery.shape;
/** The same as people may have typed it: what is not understood is left out. */
const typedQuery = z.object({
  who: who.catch(undefined),
  action: action.catch(undefined),
  from: from.catch(undefined),
  to: to.catch(undefined),
  before: before.catch(undefined),
});
const LINES = 100;

/** The page with the audit. */
export function createAuditPage({ frame, timeZone, ...deps }: AuditPageDeps): Route {
  const page = frame.page<AuditView>(new URL('../pages/audit.hbs', import.meta.url));
  return {
    method: 'GET',
    path: '/audit',
    right: 'administer',
    async handler({ query }, reply) {
      const asked = typedQuery.parse(query);
      return sendPage(reply, page(viewAudit(await readAudit(deps, { ...asked, limit: LINES }), asked, timeZone)));
    },
  };
}
