import { createHealer, type Healer, type HealerDeps } from '../../src/healing/healer.ts';
import { createLook } from '../../src/healing/look.ts';
import type { HealingBook, ProbeReader } from '../../src/healing/ports.ts';
import { createOpenShell } from '../../src/healing/reader/open-shell.ts';
import { createHealingStore } from '../../src/healing/store/healing-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import { createSshClient } from '../../src/platform/ssh/client.ts';
import { createHostKeyStore } from '../../src/platform/ssh/host-key-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { deviceOf } from './devices.ts';
import type { ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';

export const HEALER_LOGIN = { username: 'healer', password: 'healer-password-9' };

export interface TowerHealerOptions extends Pick<HealerDeps, 'rules' | 'holder'>, Partial<Pick<HealerDeps, 'tell'>> {
  readonly database: Database;
  readonly clock: ManualClock;
  readonly probe: ProbeReader;
  /** Of the API of the switch, on this machine. */
  readonly switchPort: number;
  /** What it logs in to the switch with. */
  readonly password?: string;
  /** Attempts are dated by the database; default: by `clock`. */
  readonly isDatedByDatabase?: boolean;
  /** What it has in place of its book. */
  readonly wrap?: (stored: HealingBook) => HealingBook;
}

/** A worker that heals `tower` by the switch `tower-sw`, over a real connection; it tells nobody, unless it is given how. */
export function createTowerHealer(options: TowerHealerOptions): {
  readonly healer: Healer;
  readonly book: HealingBook;
} {
  const { database, clock, probe, switchPort, rules, holder, tell = () => [] } = options;
  const { password = HEALER_LOGIN.password, isDatedByDatabase = false, wrap = (stored) => stored } = options;
  const devices = [
    deviceOf('tower', { tags: ['tower'] }),
    deviceOf('tower-sw', { host: '127.0.0.1', api: { ...deviceOf('tower-sw').api, port: switchPort } }),
  ];
  const book = wrap(
    createHealingStore({
      ...{ database, notices: createNoticeWriter({ database }), clock: isDatedByDatabase ? null : clock },
    }),
  );
  const healer = createHealer({
    ...{ rules, book, clock, holder, tell, logger: createMemoryLogger(), record: async () => {}, onTold: () => {} },
    look: createLook({ probe, devices: () => devices, everyMs: 30_000 }),
    openShell: createOpenShell({
      named: (name) => devices.find((each) => each.name === name) ?? null,
      credentials: { healer: { username: HEALER_LOGIN.username, password: new Secret(password) } },
      ssh: createSshClient({ hostKeys: createHostKeyStore({ database, clock }), clock }),
      clock,
    }),
    onBug(error) {
      throw error;
    },
  });
  return { healer, book };
}
