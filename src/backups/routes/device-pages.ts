import { z } from 'zod';
import { actorOf, callerMay } from '../../platform/http/caller.ts';
import { formField, formOf, seeOther, sentence } from '../../platform/http/forms.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { SECRET_HEADERS } from '../api/backups.ts';
import { type AskView, viewAcceptQuestion, viewRevealQuestion } from '../pages/ask.ts';
import { type DeviceBackupsView, viewDeviceBackups } from '../pages/device.ts';
import { type DiffView, LAYOUTS, viewDiff } from '../pages/diff.ts';
import { backupLink } from '../pages/links.ts';
import { type VersionView, viewRevealed, viewVersion } from '../pages/version.ts';
import { isReached } from '../standing.ts';
import { atBoth, type BackupPagesDeps, deviceOf, sendNoVersion, telling, versionOf } from './deps.ts';

const page = z.coerce.number().int().min(1).catch(1);
const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const pageQuery = z.object({ page });
const versionQuery = pageQuery.extend({ line: number.nullable().catch(null) });
/** What people may have typed: what is not understood is left out. */
const diffQuery = pageQuery.extend({
  a: number.optional().catch(undefined),
  b: z
    .union([z.literal('quarantine'), number])
    .optional()
    .catch(undefined),
  view: z.enum(LAYOUTS).catch('unified'),
  unordered: z.enum(['true', 'false']).catch('false'),
});

/** What is kept of one device: its versions, their texts, what changed, and what is in quarantine. */
export function createDeviceBackupPages(deps: BackupPagesDeps): Route[] {
  const { frame, look, acts, timeZone } = deps;
  const devicePage = frame.page<DeviceBackupsView>(template('device'));
  const versionPage = frame.page<VersionView>(template('version'));
  const diffPage = frame.page<DiffView>(template('diff'));
  const askPage = frame.page<AskView>(template('ask'));

  const showDevice: Route['handler'] = async (request, reply) => {
    const device = deviceOf(request);
    const history = await look().history(device);
    const own = deps.devices().find(({ name }) => name === device);
    const isKnown = own !== undefined || history.versions.length > 0 || history.quarantine !== null;
    if (!isKnown) return sendNoVersion(frame, reply);
    const asked = { ...pageQuery.parse(request.query), mayOperate: callerMay(request, 'operate') };
    const view = { ...asked, isReached: own !== undefined && isReached(own) };
    return sendPage(reply, devicePage(viewDeviceBackups(device, history, view, { timeZone })));
  };

  const showVersion: Route['handler'] = async (request, reply) => {
    const [device, which] = [deviceOf(request), versionOf(request)];
    if (which === null) return sendNoVersion(frame, reply);
    const { page: at, line } = versionQuery.parse(request.query);
    const viewed = await look().view(device, which, { part: at - 1, line, reveal: false });
    const mayReveal = callerMay(request, 'administer');
    return sendPage(reply, versionPage(viewVersion(device, viewed, { mayReveal, timeZone })));
  };

  const showDiff: Route['handler'] = async (request, reply) => {
    const device = deviceOf(request);
    const { a, b, page: at, view: layout, unordered } = diffQuery.parse(request.query);
    const isUnordered = unordered === 'true';
    const viewed = await look().compare(device, { a, b }, { part: at - 1, isUnordered });
    return sendPage(reply, diffPage(viewDiff(device, viewed, { layout, isUnordered }, { timeZone })));
  };

  const askToReveal: Route['handler'] = async (request, reply) => {
    const [device, which] = [deviceOf(request), versionOf(request)];
    return which === null ? sendNoVersion(frame, reply) : sendPage(reply, askPage(viewRevealQuestion(device, which)));
  };

  const reveal: Route['handler'] = async (request, reply) => {
    const [device, which] = [deviceOf(request), versionOf(request)];
    if (which === null) return sendNoVersion(frame, reply);
    const { page: at } = pageQuery.parse({ page: formField(formOf(request), 'page') });
    const viewed = await look().view(device, which, { part: at - 1, line: null, reveal: true });
    // Nothing is shown that is not on record.
    await acts.reveal(actorOf(request), device, which);
    return sendPage(reply.headers(SECRET_HEADERS), versionPage(viewRevealed(device, viewed, { timeZone })));
  };

  async function acceptQuestion(device: string, problem: string | null): Promise<string | null> {
    const { quarantine } = await look().history(device);
    return quarantine === null ? null : askPage(viewAcceptQuestion(device, quarantine, problem, timeZone));
  }

  const askToAccept: Route['handler'] = async (request, reply) => {
    const question = await acceptQuestion(deviceOf(request), null);
    return question === null ? sendNoVersion(frame, reply) : sendPage(reply, question);
  };

  const accept: Route['handler'] = async (request, reply) => {
    const device = deviceOf(request);
    const seen = number.safeParse(formField(formOf(request), 'lastSeenAt'));
    try {
      await acts.accept(actorOf(request), device, seen.data ?? 0);
    } catch (error) {
      if (!(error instanceof TroubleError) || !REFUSED.includes(error.code)) throw error;
      const question = await acceptQuestion(device, `${sentence(error.message)} ${error.advice}`);
      return question === null ? sendNoVersion(frame, reply) : sendPage(reply.code(409), question);
    }
    return seeOther(reply, backupLink(device));
  };

  return [
    ...atBoth('', { method: 'GET', right: 'view', handler: telling(frame, showDevice) }),
    ...atBoth('/diff', { method: 'GET', right: 'view', handler: telling(frame, showDiff) }),
    ...atBoth('/accept', { method: 'GET', right: 'operate', handler: telling(frame, askToAccept) }),
    ...atBoth('/accept', { method: 'POST', right: 'operate', handler: telling(frame, accept) }),
    ...atBoth('/:version', { method: 'GET', right: 'view', handler: telling(frame, showVersion) }),
    ...atBoth('/:version/reveal', { method: 'GET', right: 'administer', handler: telling(frame, askToReveal) }),
    ...atBoth('/:version/reveal', { method: 'POST', right: 'administer', handler: telling(frame, reveal) }),
  ];
}

/** Why something in quarantine is not accepted, while it stays there. */
const REFUSED: readonly string[] = ['BACKUP_CAME_AGAIN', 'BACKUP_NOT_ACCEPTABLE', 'BACKUP_DAMAGED'];

function template(name: 'device' | 'version' | 'diff' | 'ask'): URL {
  return new URL(`../pages/${name}.hbs`, import.meta.url);
}
