import assert from 'node:assert/strict';
import { ConfigError } from '../../src/platform/config/problems.ts';
import { parseConfig } from '../../src/settings.ts';
import { createDice, type Dice, hostileText, hostileValue } from './random.ts';

const SECRET = 'correct-horse-battery';

function valid(): Record<string, unknown> {
  return {
    timeZone: 'Asia/Karachi',
    weekStartsOn: 'monday',
    database: `mysql://me:${SECRET}@db.example.com:3306/netsentinel`,
    routers: [
      {
        name: 'edge-1',
        host: '192.0.2.1',
        port: 8728,
        tls: false,
        username: 'reader',
        password: SECRET,
        lineMbps: 500,
      },
      { name: 'edge-2', host: 'edge.example.com', tls: { insecure: true }, username: 'reader', password: SECRET },
    ],
    users: [{ match: 'bob-*', name: 'bob' }],
    collect: { everySeconds: 60, timeoutSeconds: 20, concurrency: 32 },
    quotas: [
      { match: 'vip-*', dailyGb: 50 },
      { dailyGb: 10, warnAtPercent: [80], counts: 'download' },
    ],
    mail: {
      from: 'a@example.com',
      to: ['b@example.com'],
      smtp: { host: 'smtp.example.com', username: 'u', password: SECRET },
    },
    report: { at: '18:15' },
    http: { port: 9494 },
    retention: { days: 40 },
  };
}

/** Configurations with values of every kind in every place: read or refused with a list of problems, never anything else, no secret shown. */
export function fuzzConfiguration({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const raw: unknown = dice.random() < 0.02 ? hostileValue(dice) : valid();
    for (let times = 1 + dice.below(3); times > 0; times -= 1) spoil(dice, raw);
    try {
      parseConfig(raw, { env: {}, folder: '/nowhere' }, 'fuzz');
      accepted += 1;
    } catch (error) {
      assert.ok(error instanceof ConfigError, `round ${round}: ${String(error)}`);
      assert.ok(error.problems.length > 0);
      assert.ok(!error.message.includes(SECRET), 'a secret is in the list of problems');
    }
  }
  return { rounds, accepted };
}

/** Changes one value, somewhere. */
function spoil(dice: Dice, node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const entries = Object.entries(node);
  const [key, value] = entries.length > 0 ? dice.pick(entries) : ['x', undefined];
  if (typeof value === 'object' && value !== null && dice.random() < 0.7) {
    spoil(dice, value);
    return;
  }
  const kind = dice.below(10);
  if (kind === 0) Reflect.deleteProperty(node, key);
  else if (kind === 1 && !Array.isArray(node)) Reflect.set(node, hostileText(dice), hostileValue(dice));
  else Reflect.set(node, key, hostileValue(dice));
}
