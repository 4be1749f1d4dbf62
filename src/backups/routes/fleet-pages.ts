import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf, callerMay } from '../../platform/http/caller.ts';
import { formField, formOf, pathPart, seeOther, sentence } from '../../platform/http/forms.ts';
import { sendMessage, sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { placeOf } from '../api/backups.ts';
import { searchQuery as strictSearchQuery } from '../api/schemas.ts';
import { runLink } from '../pages/links.ts';
import { type OverviewView, viewOverview } from '../pages/overview.ts';
import { type RunView, viewRun } from '../pages/run.ts';
import { type SearchView, viewSearch } from '../pages/search.ts';
import { standingsOf } from '../standing.ts';
import { type BackupPagesDeps, telling } from './deps.ts';

const LAST_RUNS = 8;
/** Lines that are found, on one page. */
const MOST_HITS = 100;

const overviewQuery = z.object({
  q: z.string().max(255).catch(''),
  state: z.enum(['all', 'trouble']).catch('all'),
  page: z.coerce.number().int().min(1).catch(1),
});
const { afterDevice, afterVersion, afterLine } = strictSearchQuery.shape;
const searchQuery = z.object({
  q: z.string().max(255).catch(''),
  history: z.enum(['true', 'false']).catch('false'),
  afterDevice: afterDevice.catch(undefined),
  afterVersion: afterVersion.catch(undefined),
  afterLine: afterLine.catch(undefined),
});

/** What is kept of all devices, the runs, and the search. */
export function createFleetBackupPages(deps: BackupPagesDeps): Route[] {
  const { frame, look, acts, runs, states, starter, clock, timeZone } = deps;
  const overviewPage = frame.page<OverviewView>(template('overview'));
  const runPage = frame.page<RunView>(template('run'));
  const searchPage = frame.page<SearchView>(template('search'));

  async function showOverview(
    request: FastifyRequest,
    reply: FastifyReply,
    problem: string | null,
  ): Promise<FastifyReply> {
    const [devices, now] = [deps.devices(), clock.now()];
    const { newest, quarantines } = await look().overview();
    const codes = await runs.codesBefore('');
    const { staleAfterMs } = deps;
    const watches = await deps.watches.watches();
    const standings = standingsOf({ devices, newest, quarantines, codes, watches, now, staleAfterMs });
    const running = await states.running();
    const recent = await states.recent(LAST_RUNS);
    const data = { devices, standings, runs: recent, running, expected: expectedOf(running?.run) };
    const context = { mayRun: callerMay(request, 'operate'), problem, now, timeZone };
    return sendPage(reply, overviewPage(viewOverview(data, overviewQuery.parse(request.query), context)));
  }

  /** How many devices a run backs up; `null`: another worker makes it, or it has ended. */
  function expectedOf(run: string | undefined): number | null {
    const current = starter.current();
    return current !== null && current.run === run ? current.devices : null;
  }

  const begin: Route['handler'] = async (request, reply) => {
    const form = formOf(request);
    try {
      const { run } = await acts.begin(actorOf(request), form.has('name') ? { name: formField(form, 'name') } : {});
      return seeOther(reply, runLink(run));
    } catch (error) {
      if (!(error instanceof TroubleError) || !REFUSED.includes(error.code)) throw error;
      return await showOverview(request, reply.code(409), `${sentence(error.message)} ${error.advice}`);
    }
  };

  const showRun: Route['handler'] = async (request, reply) => {
    const run = pathPart(request, 'run');
    const details = await states.of(run);
    if (details === null) {
      const advice = 'Old runs are deleted (retention).';
      return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no such backup run.', advice });
    }
    return sendPage(reply, runPage(viewRun(details, expectedOf(run), { now: clock.now(), timeZone })));
  };

  const search: Route['handler'] = async ({ query }, reply) => {
    const { q, history, ...after } = searchQuery.parse(query);
    const isInHistory = history === 'true';
    const options = { isInHistory, after: placeOf(after) };
    const found = q.trim() === '' ? null : await look().search(q, options, MOST_HITS);
    return sendPage(reply, searchPage(viewSearch(q, isInHistory, found)));
  };

  const overview = telling(frame, (request, reply) => showOverview(request, reply, null));
  return [
    { method: 'GET', path: '/backups', right: 'view', handler: overview },
    { method: 'GET', path: '/backups/search', right: 'view', handler: telling(frame, search) },
    { method: 'POST', path: '/backups/run', right: 'operate', handler: telling(frame, begin) },
    { method: 'GET', path: '/backups/runs/:run', right: 'view', handler: showRun },
  ];
}

/** Why no run begins, while the page can be shown. */
const REFUSED: readonly string[] = ['BACKUP_RUNNING', 'BACKUP_NO_DEVICE'];

function template(name: 'overview' | 'run' | 'search'): URL {
  return new URL(`../pages/${name}.hbs`, import.meta.url);
}
