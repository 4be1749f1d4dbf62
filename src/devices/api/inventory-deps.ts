import type { FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/http/caller.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { isVaultTrouble } from '../../runtime/vault.ts';
import { auditedDesk, type NoteChange } from '../audited-desk.ts';
import type { Desk } from '../desk.ts';
import type { DeviceTests } from '../device-tests.ts';

/** What the routes and pages of the inventory work on. */
export interface InventoryDeps {
  /** To read by. */
  readonly desk: Desk;
  /** To change by: puts on record who asked. */
  readonly deskOf: (request: FastifyRequest) => Desk;
  /** Puts on record what whoever asks does. */
  readonly noteOf: (request: FastifyRequest) => NoteChange;
  readonly tests: DeviceTests;
  /** Why passwords can be neither stored nor read; `null`: they can. */
  readonly trouble: () => TroubleError | null;
  /** Asks LibreNMS at once, and gives the trouble with it; `null`: the configuration has none. */
  readonly lookAtListed: ((signal: AbortSignal) => Promise<TroubleError | null>) | null;
}

/** Whether trouble stays until somebody does something about it; other trouble is over by itself. */
export function isInTheWay(error: unknown): error is TroubleError {
  return isVaultTrouble(error) || (error instanceof TroubleError && error.code === 'DEVICE_NOT_TESTABLE');
}

/** Puts on record who changed what. */
export type NoteActorsChange = (change: ReturnType<typeof actorOf> & Parameters<NoteChange>[0]) => Promise<void>;

/** The same desk for whoever asks, with each change on record under their name; and what else is put on record so. */
export function recordedDesk(desk: Desk, note: NoteActorsChange): Pick<InventoryDeps, 'deskOf' | 'noteOf'> {
  const noteOf: InventoryDeps['noteOf'] = (request) => (change) => note({ ...actorOf(request), ...change });
  return { noteOf, deskOf: (request) => auditedDesk(desk, noteOf(request)) };
}
