import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, parseQuery, sendEntries, sendEntry, sendUnknown } from '../../platform/http/answer.ts';
import { actorOf, callerMay } from '../../platform/http/caller.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import type { BackupActs } from '../acts.ts';
import { archiveFolder } from '../archive-names.ts';
import type { BackupDesk } from '../desk.ts';
import type { BackupLook } from '../look.ts';
import type { Which } from '../read-text.ts';
import type { SearchPlace } from '../search.ts';
import { deviceRoutes } from './named.ts';
import { answering } from './refusals.ts';
import {
  acceptBody,
  acceptedAnswer,
  diffAnswer,
  diffQuery,
  listAnswer,
  searchAnswer,
  searchQuery,
  textQuery,
} from './schemas.ts';

export interface BackupApiDeps {
  /** Both throw a `TroubleError` `KEY_MISSING` without a key. */
  readonly desk: () => BackupDesk;
  readonly look: () => BackupLook;
  readonly acts: BackupActs;
}

/** Text that is not to be changed on its way (see `compressText` of the site): compressed, its length gives away a part of what it says. */
export const SECRET_HEADERS = { 'cache-control': 'no-store, no-transform' };
const TEXT_TYPE = 'text/plain; charset=utf-8';
const BINARY_TYPE = 'application/octet-stream';

/** The version in a path: its number, or `quarantine`; `null`: it can be none. */
export function whichOf(text: string): Which | null {
  if (text === 'quarantine') return text;
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** Kept configurations as JSON and as texts. */
export function backupRoutes({ desk, look, acts }: BackupApiDeps): Route[] {
  async function sendText(request: FastifyRequest, reply: FastifyReply, device: string): Promise<FastifyReply> {
    const asked = parseQuery(textQuery, reply, request.query);
    if (asked === null) return reply;
    const which = whichOf(pathPart(request, 'version'));
    if (which === null) return sendUnknown(reply, 'no such version');
    if (!asked.reveal) {
      const pieces = await look().pieces(device, which);
      return reply.type(TEXT_TYPE).send(Readable.from(pieces));
    }
    if (!callerMay(request, 'administer')) {
      return reply.code(403).send({ error: 'to show secrets needs the role admin' });
    }
    const text = await desk().show(device, which, { reveal: true });
    await acts.reveal(actorOf(request), device, which);
    return reply.headers(SECRET_HEADERS).type(TEXT_TYPE).send(text);
  }

  return [
    {
      ...{ method: 'GET', path: '/api/v1/backups', right: 'view' },
      contract: {
        summary: 'The newest configuration of each device, and what is in quarantine',
        ...{ answers: { 200: z.array(listAnswer) }, refuses: [409] },
      },
      handler: answering(async (_request, reply) => sendEntries(reply, await desk().list())),
    },
    {
      ...{ method: 'GET', path: '/api/v1/backups/search', right: 'view' },
      contract: {
        summary: 'Lines with a text, in the newest configuration of each device; with history=true in all',
        ...{ query: searchQuery, answers: { 200: searchAnswer }, refuses: [409] },
      },
      handler: answering(async ({ query }, reply) => {
        const asked = parseQuery(searchQuery, reply, query);
        if (asked === null) return reply;
        const options = { isInHistory: asked.history, after: placeOf(asked) };
        return sendEntry(reply, await look().search(asked.q, options, asked.limit));
      }),
    },
    ...deviceRoutes({
      ...{ method: 'GET', right: 'view' },
      contract: {
        summary: 'All versions of a device, and what is in quarantine',
        ...{ answers: { 200: z.array(listAnswer) }, refuses: [404, 409] },
      },
      async work(_request, reply, device) {
        const entries = await desk().list(device);
        return entries.length === 0 ? sendUnknown(reply, 'no backup of this device') : sendEntries(reply, entries);
      },
    }),
    ...deviceRoutes({
      ...{ method: 'GET', right: 'view', end: '/:version', work: sendText },
      contract: {
        summary: 'A configuration, secrets hidden; its version or quarantine. With reveal=true as received, for admins',
        ...{ query: textQuery, answers: { 200: { mediaType: 'text/plain' } }, refuses: [404, 409] },
      },
    }),
    ...deviceRoutes({
      ...{ method: 'GET', right: 'administer', end: '/:version/binary' },
      contract: {
        summary: 'The binary backup of a version, encrypted with the password of backup.binary',
        ...{ answers: { 200: { mediaType: BINARY_TYPE } }, refuses: [404, 409] },
      },
      async work(request, reply, device) {
        const which = whichOf(pathPart(request, 'version'));
        if (typeof which !== 'number') return sendUnknown(reply, 'no such version');
        const { bytes } = await desk().binary(device, which);
        await acts.giveBinary(actorOf(request), device, which);
        const name = `${archiveFolder(device)}-${which}.backup`;
        return reply
          .headers({ ...SECRET_HEADERS, 'content-disposition': `attachment; filename="${name}"` })
          .type(BINARY_TYPE)
          .send(bytes);
      },
    }),
    ...deviceRoutes({
      ...{ method: 'GET', right: 'view', end: '/diff' },
      contract: {
        summary: 'What changed from version a to b; without b to the newest, without a from the one before',
        ...{ query: diffQuery, answers: { 200: z.array(diffAnswer) }, refuses: [404, 409] },
      },
      async work({ query }, reply, device) {
        const asked = parseQuery(diffQuery, reply, query);
        if (asked === null) return reply;
        const lines = await desk().diff(device, asked, { isUnordered: asked.unordered });
        const entries = lines.map(({ menu, sign, line }) => ({ menu, sign, line }));
        return sendEntries(reply, entries);
      },
    }),
    ...deviceRoutes({
      ...{ method: 'POST', right: 'operate', end: '/accept' },
      contract: {
        summary: 'Make what is in quarantine the newest version',
        ...{ body: acceptBody, answers: { 200: acceptedAnswer }, refuses: [404, 409] },
      },
      async work(request, reply, device) {
        const body = parseBody(acceptBody, reply, request.body);
        if (body === null) return reply;
        const seen = body.lastSeenAt === undefined ? undefined : Date.parse(body.lastSeenAt);
        return sendEntry(reply, { version: await acts.accept(actorOf(request), device, seen) });
      },
    }),
  ];
}

/** Where a search goes on; `undefined`: it begins. */
export function placeOf(asked: {
  readonly afterDevice?: string | undefined;
  readonly afterVersion?: number | undefined;
  readonly afterLine?: number | undefined;
}): SearchPlace | undefined {
  const { afterDevice: device, afterVersion: version, afterLine: line = null } = asked;
  return device === undefined || version === undefined ? undefined : { device, version, line };
}
