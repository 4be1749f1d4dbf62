import { z } from 'zod';
import { type Contradiction, fieldIn } from '../platform/config/written.ts';

/** Part of `http`: terminals of devices in the browser, for admins. */
export const terminalSwitch = { terminal: z.boolean().default(false) };

/** Whether terminals are recorded, and how many days recordings are kept. */
export const terminalSettings = z
  .strictObject({
    record: z.boolean().default(false),
    days: z.int().min(1).max(3650).default(90),
  })
  .prefault({});

export type TerminalSettings = z.output<typeof terminalSettings>;

/** A terminal is for people with names, who log in. */
export function findTerminalContradictions(config: unknown): Contradiction[] {
  const http = fieldIn(config, 'http');
  const hasKey = fieldIn(config, 'key') !== undefined;
  const found: Contradiction[] = [];
  if (fieldIn(fieldIn(config, 'terminal'), 'record') === true && !hasKey) {
    found.push({ path: ['terminal', 'record'], message: 'needs a key: recordings are kept encrypted' });
  }
  if (fieldIn(http, 'terminal') !== true) return found;
  const auth = fieldIn(http, 'auth');
  const hasAccounts = auth === 'accounts' || (auth === undefined && hasKey && fieldIn(http, 'password') === undefined);
  if (fieldIn(http, 'pages') !== true) found.push({ path: ['http', 'terminal'], message: 'needs pages: true' });
  else if (!hasAccounts) {
    found.push({ path: ['http', 'terminal'], message: "needs auth: 'accounts': only an admin may open a terminal" });
  }
  return found;
}
