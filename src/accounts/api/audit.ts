import { parseQuery, sendEntry } from '../../platform/http/answer.ts';
import { callerOf } from '../../platform/http/caller.ts';
import type { Route } from '../../platform/http/route.ts';
import type { AuditBook } from '../audit.ts';
import { type AuditDays, auditQuery, readAudit } from '../audit-query.ts';
import { auditAnswer, meAnswer } from './schemas.ts';

/** Who did what, as JSON. */
export function auditRoute(deps: { readonly audit: AuditBook; readonly days: AuditDays }): Route {
  return {
    method: 'GET',
    path: '/api/v1/audit',
    right: 'administer',
    contract: { summary: 'Who did what, the newest first', query: auditQuery, answers: { 200: auditAnswer } },
    async handler({ query }, reply) {
      const asked = parseQuery(auditQuery, reply, query);
      return asked === null ? reply : sendEntry(reply, await readAudit(deps, asked));
    },
  };
}

/** Who asks, and what they may. */
export const meRoute: Route = {
  method: 'GET',
  path: '/api/v1/me',
  right: 'view',
  contract: { summary: 'Who asks, and their role', answers: { 200: meAnswer } },
  async handler(request, reply) {
    const { who, kind, role } = callerOf(request);
    return sendEntry(reply, { name: kind === 'shared' ? null : who, kind, role });
  },
};
