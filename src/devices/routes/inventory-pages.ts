import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerMay } from '../../platform/http/caller.ts';
import { seeOther, sentence } from '../../platform/http/forms.ts';
import { goneOf } from '../../platform/http/gone.ts';
import { sendMessage, sendPage } from '../../platform/http/page-answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { listDevices } from '../inventory-query.ts';
import { secretsNote } from '../pages/form-parts.ts';
import { type InventoryView, viewInventory } from '../pages/inventory.ts';
import { deviceLink } from '../pages/inventory-links.ts';
import { atBoth, type InventoryPagesDeps, nameOf, sendRefused } from './page-tools.ts';

/** What people asked for; what is not understood is left out. */
const typedQuery = z.object({
  q: z.string().max(255).catch(''),
  tag: z.string().min(1).optional().catch(undefined),
  source: z.enum(['config', 'inventory', 'librenms']).optional().catch(undefined),
  state: z.enum(['read', 'trouble', 'waiting', 'paused', 'unread', 'aside']).optional().catch(undefined),
  page: z.coerce.number().int().min(1).catch(1),
});

/** The list of all devices, and what is done from there. */
export function createListPages(deps: InventoryPagesDeps): Route[] {
  const { desk, deskOf, conditions, trouble, lookAtListed, frame } = deps;
  const page = frame.page<InventoryView>(new URL('../pages/inventory.hbs', import.meta.url));

  async function showList(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { page: number, ...asked } = typedQuery.parse(request.query);
    const list = listDevices(await desk.devices(), conditions(), { ...asked, page: number });
    const rights = {
      edit: callerMay(request, 'administer'),
      refresh: lookAtListed !== null && callerMay(request, 'operate'),
    };
    return sendPage(reply, page(viewInventory(list, asked, rights, secretsNote(trouble()))));
  }

  async function refresh(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await lookAtListed?.(goneOf(reply));
    if (found == null) return seeOther(reply, '/inventory?source=librenms');
    return sendMessage(frame, reply, 200, {
      title: 'LibreNMS was asked',
      text: `${sentence(found.message)} The devices known before stay. (${found.code})`,
      advice: found.advice,
    });
  }

  async function takeOver(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const name = nameOf(request);
    const from = (await desk.devices()).find((entry) => entry.name === name && entry.source !== 'inventory')?.source;
    let left: readonly string[];
    try {
      left = await deskOf(request).takeOver(name);
    } catch (error) {
      return sendRefused(frame, reply, error);
    }
    const said = [
      ...(from === 'config' ? ['The configuration still comes first: remove the device there, and reload.'] : []),
      ...left.map((text) => `Not taken over: ${text}.`),
    ];
    if (said.length === 0) return seeOther(reply, deviceLink(name));
    return sendMessage(frame, reply, 200, {
      title: 'Taken over',
      text: 'The device is in the inventory now.',
      advice: said.join(' '),
    });
  }

  return [
    { method: 'GET', path: '/inventory', right: 'view', handler: showList },
    // Not below `/inventory/`, where each word may be the name of a device.
    { method: 'POST', path: '/librenms/refresh', right: 'operate', handler: refresh },
    ...atBoth('/inventory', 'device', {
      ...{ method: 'POST', right: 'administer', end: '/takeover', handler: takeOver },
    }),
  ];
}
