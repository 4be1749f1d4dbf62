import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerMay } from '../../platform/http/caller.ts';
import { formField, formOf, problemsAt, readForm, seeOther } from '../../platform/http/forms.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { credentialChangeBody, newCredentialBody } from '../api/inventory-schemas.ts';
import type { CredentialEntry } from '../credentials.ts';
import {
  type CredentialsView,
  type CredentialView,
  type TypedCredential,
  viewCredential,
  viewCredentials,
} from '../pages/credentials.ts';
import { secretsNote } from '../pages/form-parts.ts';
import { credentialLink } from '../pages/inventory-links.ts';
import { atBoth, byField, type InventoryPagesDeps, nameOf, sendNoSuch, tryWork } from './page-tools.ts';

const FIELDS = ['name', 'username', 'password', 'privateKey', 'passphrase', 'remove'] as const;
const SECRETS = ['password', 'privateKey', 'passphrase'] as const;
const CHANGED = 'Somebody else changed this credential meanwhile. Nothing is saved yet. Save again to overwrite it.';

/** How a form comes back: what was typed, and what is wrong. */
interface Again {
  readonly typed?: TypedCredential;
  readonly found?: Readonly<Record<string, string>>;
  readonly note?: string | null;
}

/** The pages of logins that devices share. */
export function createCredentialPages(deps: InventoryPagesDeps): Route[] {
  const { desk, deskOf, trouble, frame, timeZone } = deps;
  const listPage = frame.page<CredentialsView>(new URL('../pages/credentials.hbs', import.meta.url));
  const page = frame.page<CredentialView>(new URL('../pages/credential.hbs', import.meta.url));

  async function showList(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const entries = await desk.credentials();
    return sendPage(
      reply,
      listPage(viewCredentials(entries, callerMay(request, 'administer'), secretsNote(trouble()), timeZone)),
    );
  }

  function send(
    reply: FastifyReply,
    entry: CredentialEntry | null,
    users: readonly string[],
    mayEdit: boolean,
    again: Again,
  ) {
    const typed = again.typed ?? { name: entry?.name ?? '', username: entry?.username ?? '' };
    const problems = problemsAt(FIELDS, again.found ?? {});
    const shown = { entry, users, typed, problems, note: again.note ?? null, mayEdit, keyNote: secretsNote(trouble()) };
    return sendPage(reply, page(viewCredential(shown, timeZone)));
  }

  async function show(request: FastifyRequest, reply: FastifyReply, name: string, again: Again = {}) {
    const entry = (await desk.credentials()).find((each) => each.name === name);
    if (entry === undefined) return sendNoSuch(frame, reply, 'credential');
    const users = (await desk.inventory()).filter((device) =>
      [device.apiCredential, device.sshCredential, device.terminalCredential].includes(name),
    );
    const names = users.map((device) => device.name);
    return send(reply, entry, names, callerMay(request, 'administer'), again);
  }

  async function add(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const typed = { name: formField(form, 'name').trim(), username: formField(form, 'username') };
    const again = (status: number, found: Again['found'] = {}) =>
      send(reply.code(status), null, [], true, { typed, found });
    const read = readForm(newCredentialBody, { ...orMissing(typed), ...secretsOf(form) });
    if (!read.isGood) return again(400, read.problems);
    const { name, ...fields } = read.data;
    const added = await tryWork(() => deskOf(request).addCredential(name, fields));
    return added.isDone
      ? seeOther(reply, '/credentials')
      : again(
          added.status,
          byField(added.problems, ({ field }) => field),
        );
  }

  async function change(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const name = nameOf(request);
    const form = formOf(request);
    if (formField(form, 'do') === 'remove') return await remove(request, reply, name);
    const typed = { name, username: formField(form, 'username') };
    const given = { username: typed.username, version: Number(formField(form, 'version')), ...secretsOf(form) };
    const read = readForm(credentialChangeBody, given);
    if (!read.isGood) return await show(request, reply.code(400), name, { typed, found: read.problems });
    const { version, ...fields } = read.data;
    const changed = await tryWork(() => deskOf(request).setCredential(name, fields, version));
    if (changed.isDone) return seeOther(reply, credentialLink(name));
    const isLate = changed.problems.some(({ field }) => field === 'version');
    const found = byField(
      changed.problems.filter(({ field }) => field !== 'version'),
      ({ field }) => field,
    );
    return await show(request, reply.code(changed.status), name, { typed, found, note: isLate ? CHANGED : null });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const removed = await tryWork(() => deskOf(request).removeCredential(name));
    if (removed.isDone) return seeOther(reply, '/credentials');
    return await show(request, reply.code(removed.status), name, { found: byField(removed.problems, () => 'remove') });
  }

  return [
    { method: 'GET', path: '/credentials', right: 'view', handler: showList },
    {
      ...{ method: 'GET', path: '/credentials/new', right: 'administer' },
      handler: async (_request, reply) => send(reply, null, [], true, {}),
    },
    { method: 'POST', path: '/credentials/new', right: 'administer', handler: add },
    ...atBoth('/credentials', 'credential', {
      ...{ method: 'GET', right: 'view', handler: async (request, reply) => show(request, reply, nameOf(request)) },
    }),
    ...atBoth('/credentials', 'credential', { method: 'POST', right: 'administer', handler: change }),
  ];
}

/** What is not typed is missing. */
function orMissing(typed: TypedCredential): Partial<TypedCredential> {
  return Object.fromEntries(Object.entries(typed).filter(([, text]) => text.trim() !== ''));
}

/** Secrets that were typed; an empty field leaves what is stored. */
function secretsOf(form: URLSearchParams): Partial<Record<(typeof SECRETS)[number], string>> {
  return Object.fromEntries(
    SECRETS.flatMap((field) => {
      const text = formField(form, field);
      return text.trim() === '' ? [] : [[field, field === 'privateKey' ? text.replaceAll('\r\n', '\n') : text]];
    }),
  );
}
