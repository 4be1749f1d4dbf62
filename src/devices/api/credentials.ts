import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { type CredentialEntry, unknownCredential } from '../credentials.ts';
import { Refusal } from '../inventory.ts';
import type { InventoryDeps } from './inventory-deps.ts';
import { credentialAnswer, credentialChangeBody, newCredentialBody } from './inventory-schemas.ts';
import { namedRoutes } from './named-routes.ts';
import { answering } from './refusals.ts';

/** Shared logins as JSON, without their secrets. */
export function credentialRoutes({ desk, deskOf }: Pick<InventoryDeps, 'desk' | 'deskOf'>): Route[] {
  /** Rejects with a `Refusal`. */
  async function entryOf(name: string): Promise<CredentialEntry> {
    const found = (await desk.credentials()).find((entry) => entry.name === name);
    if (found === undefined) throw new Refusal('not found', [unknownCredential()]);
    return found;
  }

  const add: Route['handler'] = async (request, reply) => {
    const body = parseBody(newCredentialBody, reply, request.body);
    if (body === null) return reply;
    const { name, ...fields } = body;
    await deskOf(request).addCredential(name, fields);
    return sendEntry(reply.code(201), await entryOf(name));
  };

  async function change(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const body = parseBody(credentialChangeBody, reply, request.body);
    if (body === null) return reply;
    const { version, ...fields } = body;
    await deskOf(request).setCredential(name, fields, version);
    return sendEntry(reply, await entryOf(name));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    await deskOf(request).removeCredential(name);
    return reply.code(204).send();
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/credentials',
      right: 'view',
      contract: { summary: 'Logins that devices share', answers: { 200: z.array(credentialAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, await desk.credentials()),
    },
    {
      ...{ method: 'POST', path: '/api/v1/credentials', right: 'administer', handler: answering(add) },
      contract: {
        ...{ summary: 'Add a credential', body: newCredentialBody },
        ...{ answers: { 201: credentialAnswer }, refuses: [409] },
      },
    },
    ...namedRoutes({
      ...{ kind: 'credential', method: 'GET', right: 'view' },
      contract: { summary: 'A credential', answers: { 200: credentialAnswer }, refuses: [404] },
      work: async (_request, reply, name) => sendEntry(reply, await entryOf(name)),
    }),
    ...namedRoutes({
      ...{ kind: 'credential', method: 'PATCH', right: 'administer', work: change },
      contract: {
        ...{ summary: 'Change a credential, which all its devices follow', body: credentialChangeBody },
        ...{ answers: { 200: credentialAnswer }, refuses: [404, 409] },
      },
    }),
    ...namedRoutes({
      ...{ kind: 'credential', method: 'DELETE', right: 'administer', work: remove },
      contract: { summary: 'Remove a credential that no device uses', answers: { 204: null }, refuses: [404, 409] },
    }),
  ];
}
