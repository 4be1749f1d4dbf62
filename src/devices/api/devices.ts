import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, parseQuery, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { goneOf } from '../../platform/http/gone.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Desk } from '../desk.ts';
import type { DeviceTestStep } from '../device-tests.ts';
import type { DeviceEntry } from '../entries.ts';
import { filterDevices } from '../inventory-query.ts';
import type { InventoryDeps } from './inventory-deps.ts';
import {
  deviceAnswer,
  deviceChangeBody,
  deviceQuery,
  deviceTestBody,
  listedAnswer,
  newDeviceBody,
  removeQuery,
  takenOverAnswer,
  testAnswer,
} from './inventory-schemas.ts';
import { namedRoutes } from './named-routes.ts';
import { answering } from './refusals.ts';

/** The devices of all sources as JSON; those of the inventory can be changed. */
export function inventoryRoutes({ desk, deskOf, noteOf, tests, lookAtListed }: InventoryDeps): Route[] {
  const list: Route['handler'] = async ({ query }, reply) => {
    const asked = parseQuery(deviceQuery, reply, query);
    return asked === null ? reply : sendEntries(reply, filterDevices(await desk.devices(), asked));
  };

  const add: Route['handler'] = async (request, reply) => {
    const body = parseBody(newDeviceBody, reply, request.body);
    if (body === null) return reply;
    const { name, ...fields } = body;
    await deskOf(request).addDevice(name, fields);
    return sendEntry(reply.code(201), await storedDevice(desk, name));
  };

  async function change(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const body = parseBody(deviceChangeBody, reply, request.body);
    if (body === null) return reply;
    const { version, ...fields } = body;
    await deskOf(request).setDevice(name, fields, version);
    return sendEntry(reply, await storedDevice(desk, name));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const asked = parseQuery(removeQuery, reply, request.query);
    if (asked === null) return reply;
    await deskOf(request).removeDevice(name, asked.version);
    return reply.code(204).send();
  }

  async function takeOver(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const left = await deskOf(request).takeOver(name);
    return sendEntry(reply.code(201), { device: await storedDevice(desk, name), left });
  }

  const testDraft: Route['handler'] = async (request, reply) => {
    const body = parseBody(deviceTestBody, reply, request.body);
    if (body === null) return reply;
    const { name = '', ...fields } = body;
    const steps = await tests.draft(name, fields, { signal: goneOf(reply), note: noteOf(request) });
    return sendEntry(reply, resultOf(steps));
  };

  return [
    {
      ...{ method: 'GET', path: '/api/v1/devices', right: 'view', handler: list },
      contract: { summary: 'Devices of all sources', query: deviceQuery, answers: { 200: z.array(deviceAnswer) } },
    },
    {
      ...{ method: 'POST', path: '/api/v1/devices', right: 'administer', handler: answering(add) },
      contract: { summary: 'Add a device', body: newDeviceBody, answers: { 201: deviceAnswer }, refuses: [409] },
    },
    ...namedRoutes({
      ...{ kind: 'device', method: 'GET', right: 'view' },
      contract: { summary: 'A device', answers: { 200: deviceAnswer }, refuses: [404] },
      work: async (_request, reply, name) => sendEntry(reply, await desk.device(name)),
    }),
    ...namedRoutes({
      ...{ kind: 'device', method: 'PATCH', right: 'administer', work: change },
      contract: {
        ...{ summary: 'Change a device of the inventory; null clears a field', body: deviceChangeBody },
        ...{ answers: { 200: deviceAnswer }, refuses: [404, 409] },
      },
    }),
    ...namedRoutes({
      ...{ kind: 'device', method: 'DELETE', right: 'administer', work: remove },
      contract: { summary: 'Remove a device', query: removeQuery, answers: { 204: null }, refuses: [404, 409] },
    }),
    // It logs in wherever the body says, with shared credentials too.
    {
      ...{ method: 'POST', path: '/api/v1/devices/test', right: 'administer', handler: answering(testDraft) },
      contract: {
        ...{ summary: 'Try to log in to a router before it is stored', body: deviceTestBody },
        ...{ answers: { 200: testAnswer }, refuses: [409] },
      },
    },
    ...namedRoutes({
      ...{ kind: 'device', end: '/test', method: 'POST', right: 'operate' },
      contract: { summary: 'Try to log in to a router', answers: { 200: testAnswer }, refuses: [404, 409] },
      work: async (_request, reply, name) => sendEntry(reply, resultOf(await tests.stored(name, goneOf(reply)))),
    }),
    ...namedRoutes({
      ...{ kind: 'device', end: '/takeover', method: 'POST', right: 'administer', work: takeOver },
      contract: {
        summary: 'Copy a device of the configuration or of LibreNMS into the inventory',
        ...{ answers: { 201: takenOverAnswer }, refuses: [400, 404, 409] },
      },
    }),
    {
      method: 'POST',
      path: '/api/v1/librenms/refresh',
      right: 'operate',
      contract: { summary: 'Ask LibreNMS for its devices now', answers: { 200: listedAnswer }, refuses: [409] },
      async handler(_request, reply) {
        if (lookAtListed === null) return reply.code(409).send({ error: 'the configuration has no librenms' });
        const trouble = await lookAtListed(goneOf(reply));
        const devices = (await desk.devices()).filter(({ source }) => source === 'librenms').length;
        const told = trouble && { code: trouble.code, message: trouble.message, advice: trouble.advice };
        return sendEntry(reply, { devices, trouble: told });
      },
    },
  ];
}

function resultOf(steps: readonly DeviceTestStep[]) {
  return { passed: steps.every(({ status }) => status !== 'failure'), steps };
}

/** As it is in the inventory now, whatever other sources say of the name. */
async function storedDevice(desk: Pick<Desk, 'inventory' | 'device'>, name: string): Promise<DeviceEntry> {
  return (await desk.inventory()).find((entry) => entry.name === name) ?? (await desk.device(name));
}
