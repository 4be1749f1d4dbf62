import { TroubleError } from '../runtime/errors.ts';
import type { Desk } from './desk.ts';
import type { RouterDevice } from './ports.ts';

/** Finds a router of any source by its name, also one that is not polled. Rejects with a `Refusal`, or with a `TroubleError` where there is no login. */
export type FindRouter = (name: string) => Promise<RouterDevice>;

export interface FindRouterDeps {
  readonly desk: Pick<Desk, 'device'>;
  /** Brings `known` up to date. */
  readonly refresh: () => Promise<void>;
  /** `null`: it is not known, or nobody can log in to it. */
  readonly known: (name: string) => RouterDevice | null;
}

export function createFindRouter({ desk, refresh, known }: FindRouterDeps): FindRouter {
  return async (name) => {
    await refresh();
    await desk.device(name);
    return withLogin(known(name));
  };
}

/** Throws a `TroubleError` where there is none. */
export function withLogin(device: RouterDevice | null): RouterDevice {
  if (device !== null) return device;
  throw new TroubleError(
    'DEVICE_NOT_TESTABLE',
    'the device has no login for the API of a router',
    'Give it an api_credential or a username. Its login by SSH is tested by: check. A device that LibreNMS lists is known once a worker has asked LibreNMS.',
  );
}
