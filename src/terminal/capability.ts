import type { Base, Capability } from '../capability.ts';
import { type Clock, pause, systemClock } from '../runtime/clock.ts';
import type { SealedSecrets } from '../runtime/rotation.ts';
import { type KeySettings, requireVault, vaultOf } from '../runtime/vault.ts';
import { forgetRecordings } from './forget.ts';
import type { OpenShell, RecordChange, TerminalDevice } from './ports.ts';
import type { TerminalSettings } from './settings.ts';
import { createRecordingSecrets } from './store/recording-secrets.ts';
import { createRecordingStore } from './store/recording-store.ts';

/** Terminals of devices in the browser. */
export interface Terminal extends Capability {
  /** For a change of the key. */
  readonly secrets: SealedSecrets;
}

export interface TerminalNeeds {
  /** A device of any source, with the login for its terminal. Rejects with a `TroubleError` where it cannot be read. */
  readonly findDevice: (name: string) => Promise<TerminalDevice | null>;
  readonly record: RecordChange;
}

export interface TerminalConfig extends KeySettings {
  readonly http?: { readonly terminal: boolean } | undefined;
  readonly publicUrl?: string | undefined;
  readonly terminal: TerminalSettings;
}

/** For all until the shell is there. */
const LOGIN_TIMEOUT_MS = 30_000;

/** Terminals go by the clock of the machine, as the sessions of people do, also where the worker's clock is simulated. */
export async function createTerminal(
  base: Base,
  config: TerminalConfig,
  needs: TerminalNeeds,
  clock: Clock = systemClock,
): Promise<Terminal> {
  const { database, schema, logger, registry, calendar } = base;
  const { record: isRecorded, days } = config.terminal;
  const vault = vaultOf(config);
  const recordings = createRecordingStore({ database, vault: () => requireVault(vault) });
  const kept = {
    secrets: createRecordingSecrets({ database }),
    forget: forgetRecordings({ book: recordings, clock: base.clock, days }),
  };
  if (config.http?.terminal !== true) return kept;
  const [{ createTerminals }, { createPlaceStore }, { createTicketStore }] = await Promise.all([
    import('./terminals.ts'),
    import('./store/place-store.ts'),
    import('./store/ticket-store.ts'),
  ]);
  const client = base.ssh.timedBy(clock);
  const openShell: OpenShell = ({ name, host, port, hostKey, legacy }, login, size, signal) => {
    if (legacy)
      logger.warn({ device: name }, 'SSH with old algorithms that can be broken: legacy is set for this device');
    const target = { host, port, hostKey, legacy, ...login, timeoutMs: LOGIN_TIMEOUT_MS };
    return client.openTerminal(target, size, signal);
  };
  const metrics =
    registry === null ? null : (await import('./metrics.ts')).createTerminalMetrics(registry, () => terminals.size());
  const terminals = createTerminals({
    ...needs,
    ...{ openShell, clock, logger, counted: () => metrics?.counted() },
    tickets: schema.guard(createTicketStore({ database })),
    places: schema.guard(createPlaceStore({ database })),
    recordings: isRecorded ? recordings : null,
  });
  return {
    ...kept,
    ...(metrics === null ? {} : { metrics }),
    parts: [
      {
        name: 'terminals',
        start: () => {},
        stop: () => Promise.race([terminals.stop(), pause(clock, base.graceMs)]),
      },
    ],
    async site() {
      const { createTerminalRoutes, createTerminalPanel } = await import('./routes.ts');
      const { findDevice, record } = needs;
      return {
        devicePanels: [createTerminalPanel()],
        routes: ({ frame, gate }) =>
          createTerminalRoutes({
            ...{ terminals, recordings, findDevice, record, frame, gate, isRecorded, days },
            ...{ publicUrl: config.publicUrl ?? null, timeZone: calendar.timeZone },
          }),
      };
    },
  };
}
