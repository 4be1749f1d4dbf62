import { shorten } from '../runtime/format.ts';
import { createLimiter } from '../runtime/limiter.ts';
import { keepSecret, mask } from '../runtime/mask.ts';
import type { NoteChange } from './audited-desk.ts';
import type { Desk } from './desk.ts';
import type { DeviceFields } from './fields.ts';
import { type FindRouter, withLogin } from './find-router.ts';
import { isSameAddress } from './guarded-draft.ts';
import type { DeviceWithLogin, Inventory } from './inventory.ts';
import type { RouterDevice } from './ports.ts';

/** One thing that was tried on the way into a router. */
export interface DeviceTestStep {
  readonly part: string;
  readonly status: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** What to do; `null` when there is nothing to do. */
  readonly advice: string | null;
}

/** Tries to log in to routers, and tells how far one gets. Rejects with a `Refusal`, or with a `TroubleError` where there is no login. */
export interface DeviceTests {
  /** One of any source, as it is stored. */
  stored(name: string, signal: AbortSignal): Promise<readonly DeviceTestStep[]>;
  /** One as it is entered, before it is stored; of one that is there, `fields` are what changes. An empty name: it has none yet. */
  draft(name: string, fields: DeviceFields, options: DraftTestOptions): Promise<readonly DeviceTestStep[]>;
}

export interface DraftTestOptions {
  readonly signal: AbortSignal;
  /** Puts on record where a shared credential is sent that is not stored for that address. */
  readonly note: NoteChange;
}

export interface DeviceTestsDeps {
  readonly desk: Pick<Desk, 'draftDevice'>;
  readonly findRouter: FindRouter;
  readonly deviceOf: (draft: Inventory) => RouterDevice | null;
  readonly test: (device: RouterDevice, signal: AbortSignal) => Promise<readonly DeviceTestStep[]>;
}

const SHOWN_NAME = 60;

/** Each may take a minute with a router that answers slowly. */
const AT_ONCE = 8;

export function createDeviceTests({ desk, findRouter, deviceOf, test }: DeviceTestsDeps): DeviceTests {
  const limiter = createLimiter(AT_ONCE);

  async function run(device: RouterDevice, signal: AbortSignal): Promise<readonly DeviceTestStep[]> {
    // A router may send back what it was sent, and no log or page is to have it: of a draft nobody else knows the password.
    const release = keepSecret(device.api.password.reveal());
    try {
      const steps = await limiter.run(() => test(device, signal));
      return steps.map((step) => ({
        ...step,
        found: mask(step.found),
        advice: step.advice === null ? null : mask(step.advice),
      }));
    } finally {
      release();
    }
  }

  return {
    stored: async (name, signal) => run(await findRouter(name), signal),
    async draft(name, fields, { signal, note }) {
      const { stored, drafted } = await desk.draftDevice(name, fields, 'either');
      const device = withLogin(deviceOf(inventoryOf(drafted)));
      const elsewhere = sentElsewhere(drafted, stored);
      if (elsewhere !== null) {
        // Before it is sent: what cannot be put on record is not done.
        await note({ action: 'device.test', subject: subjectOf(device, elsewhere, name), outcome: 'ok' });
      }
      return await run(device, signal);
    },
  };
}

/**
 * Name of the shared credential that a test of this draft sends to an address that it is not stored for. `null`: there is none. Whoever
 * answers there learns the password.
 */
function sentElsewhere(drafted: DeviceWithLogin, stored: DeviceWithLogin | null): string | null {
  const isAsStored =
    stored !== null && drafted.login?.id === stored.login?.id && isSameAddress(stored.device, drafted.device);
  return isAsStored ? null : (drafted.login?.name ?? null);
}

function inventoryOf({ device, login }: DeviceWithLogin): Inventory {
  return { devices: [device], credentials: login === null ? [] : [login] };
}

/** Long names must not push the host out of the 255 characters that are kept. */
function subjectOf({ host, api }: RouterDevice, credential: string, name: string): string {
  return `credential ${shorten(credential, SHOWN_NAME)} to ${host} port ${api.port}${name === '' ? '' : ` (${name})`}`;
}
