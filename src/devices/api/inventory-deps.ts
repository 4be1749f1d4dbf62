import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/http/caller.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import { auditedDesk, type NoteChange } from '../audited-desk.ts';
import type { Desk } from '../desk.ts';
import type { DeviceTests } from '../device-tests.ts';

/** What the routes and pages of the inventory work on. */
export interface InventoryDeps {
  /** To read by. */
  readonly desk: Desk;
  /** To change by: puts on record who asked. */
  readonly deskOf: (request: FastifyRequest) => Desk;
  readonly tests: DeviceTests;
  /** Asks LibreNMS at once, and gives the trouble with it; `null`: the configuration has none. */
  readonly lookAtListed: ((signal: AbortSignal) => Promise<TroubleError | null>) | null;
}

/** Puts on record who changed what. */
export type NoteActorsChange = (change: ReturnType<typeof actorOf> & Parameters<NoteChange>[0]) => Promise<void>;

/** The same desk for whoever asks, with each change on record under their name. */
export function deskFor(desk: Desk, note: NoteActorsChange): InventoryDeps['deskOf'] {
  return (request) => auditedDesk(desk, (change) => note({ ...actorOf(request), ...change }));
}
