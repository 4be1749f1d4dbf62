import { join } from 'node:path';
import { makeKey } from '../runtime/vault.ts';
import { type Config, type ConfigInput, parseConfig } from '../settings.ts';
import type { ChatSink } from './chat-sink.ts';
import { TOO_HOT_C } from './happenings.ts';
import type { MailSink } from './mail-sink.ts';
import { SITES, SWITCH } from './sites.ts';
import type { DemoAddresses } from './world.ts';

export const TIME_ZONE = 'Asia/Karachi';
export const CREDENTIALS = { username: 'librenms_api', password: 'demo-password' };
export const SSH_CREDENTIALS = { username: 'backup', password: 'demo-ssh-password' };
export const HEALER_CREDENTIALS = { username: 'healer', password: 'demo-healer-password' };

/** Virtual; 0.4 s of real time. */
const POLL_EVERY_SECONDS = 300;
/** Virtual time is many times as fast as the sockets are; this is more than a second of theirs. */
const TIMEOUT_SECONDS = 3600;
/** How often each device is looked at, virtual. */
export const LOOK_EVERY_SECONDS = 120;
/** Its longest outage is told by health. */
const BLIND_AFTER_MINUTES = 120;
/** A few of the users go beyond it. */
const DAILY_GB = 12;

/** A router that hangs is powered off and on by the one in front of it. */
const POWER_RULES = SITES.flatMap(({ name, poe }) => {
  if (poe === undefined) return [];
  return [
    {
      ...{ name: `power of ${poe.router}`, mode: 'auto' as const, credential: 'healer' },
      when: { state: 'down' as const, forMinutes: 2, tags: ['poe'] },
      action: { poeCycle: { via: name, port: poe.port } },
      worked: { goodForMinutes: 3, withinMinutes: 60 },
    },
  ];
});

/** What the worker of the demonstration is configured with: as `config.ts` would have it, with addresses of the simulation. */
export function demoConfig(deps: {
  readonly addresses: DemoAddresses;
  readonly mail: Pick<MailSink, 'host' | 'port'>;
  readonly chat: Pick<ChatSink, 'url'>;
  /** For the database. */
  readonly folder: string;
  readonly hasPages: boolean;
}): Config {
  const { addresses, mail, chat, folder, hasPages } = deps;
  const { witness } = addresses;
  const given: ConfigInput = {
    timeZone: TIME_ZONE,
    database: `sqlite:${join(folder, 'demo.db')}`,
    key: makeKey(),
    routers: SITES.flatMap(({ name, parent, tags }) => {
      const found = addresses.routers.get(name);
      if (found === undefined) return [];
      const { api, ssh } = found;
      return {
        ...{ name, ...api, ...CREDENTIALS, tags: [...tags] },
        ...(parent === null ? {} : { parent }),
        ...(ssh === null ? {} : { ssh: { port: ssh.port, ...SSH_CREDENTIALS } }),
      };
    }),
    devices: [
      {
        ...{ name: SWITCH, host: addresses.switch.host, model: 'ios', tags: ['core'] },
        probe: { tcp: addresses.switch.port },
      },
    ],
    collect: { everySeconds: POLL_EVERY_SECONDS, timeoutSeconds: TIMEOUT_SECONDS },
    health: {
      everySeconds: LOOK_EVERY_SECONDS,
      witnesses: [`${witness.host}:${witness.port}`],
      warn: [{ temperatureC: TOO_HOT_C, forMinutes: 5 }],
    },
    healing: { rules: POWER_RULES, credentials: { healer: HEALER_CREDENTIALS } },
    // What a configuration says is made up for when it was missed: the demo adds its schedules when it begins.
    backup: { schedules: [] },
    quotas: [{ dailyGb: DAILY_GB, warnAtPercent: [80] }],
    alerts: { blindAfterMinutes: BLIND_AFTER_MINUTES },
    ...(hasPages ? { http: { pages: true, auth: 'none' } } : {}),
    mail: {
      from: 'NetSentinel <netsentinel@example.com>',
      to: ['admin@example.com'],
      smtp: { host: mail.host, port: mail.port },
    },
    channels: { chat: { telegram: { token: '123456:demo', chats: ['-1001'], api: chat.url } } },
    routes: [
      { kinds: ['device', 'blind'], to: ['chat'] },
      { kinds: ['quota', 'report', 'backup', 'healing'], to: ['mail'] },
    ],
  };
  return withFreePort(parseConfig(given, { env: {}, folder }, 'the demo'));
}

/** A worker may be running beside the demonstration. */
function withFreePort(config: Config): Config {
  return config.http === undefined ? config : { ...config, http: { ...config.http, port: 0 } };
}
