import { parseQuery, sendEntry } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { exportDevices } from '../export.ts';
import { countOutcomes } from '../import.ts';
import { importDevices, LARGEST_IMPORT_BYTES } from '../transfer.ts';
import type { InventoryDeps } from './inventory-deps.ts';
import { importAnswer, importQuery } from './inventory-schemas.ts';
import { answering } from './refusals.ts';

/** The inventory as a CSV file, in and out. */
export function transferRoutes({ desk, deskOf }: Pick<InventoryDeps, 'desk' | 'deskOf'>): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/devices/import',
      right: 'administer',
      largestBodyBytes: LARGEST_IMPORT_BYTES,
      contract: {
        ...{ summary: 'Import devices from a CSV file, all of it or nothing', query: importQuery },
        ...{ body: { mediaType: 'text/csv' }, answers: { 200: importAnswer }, refuses: [409] },
      },
      handler: answering(async (request, reply) => {
        const asked = parseQuery(importQuery, reply, request.query);
        if (asked === null) return reply;
        const { body } = request;
        if (!Buffer.isBuffer(body)) return reply.code(415).send({ error: 'send the file as text/csv' });
        const options = { map: new Map(), isDryRun: asked.dryRun };
        const lines = await importDevices(deskOf(request), body, options);
        return sendEntry(reply, { dryRun: asked.dryRun, ...countOutcomes(lines), lines });
      }),
    },
    {
      method: 'GET',
      path: '/api/v1/devices.csv',
      right: 'view',
      contract: { summary: 'The inventory as CSV', answers: { 200: { mediaType: 'text/csv' } } },
      async handler(_request, reply) {
        reply.header('content-disposition', 'attachment; filename="devices.csv"');
        return reply.type('text/csv; charset=utf-8').send(exportDevices(await desk.inventory()));
      },
    },
  ];
}
