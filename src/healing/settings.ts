import { z } from 'zod';
import { type ConfigContext, line, secretText } from '../platform/config/fields.ts';
import { findSshContradictions } from '../platform/config/ssh-login.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../platform/config/written.ts';
import { MODES, type Rule, type Via } from './rule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A window may be no longer: older actions are not looked at. */
const MOST_HOURS = 720;
const MOST_LINES = 20;

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
const WARNINGS = [
  ...(['cpuPercent', 'memoryPercent', 'diskPercent', 'temperatureC', 'voltageV', 'reconnects', 'interface'] as const),
  ...(['wan', 'certificateDays'] as const),
];

const condition = z
  .strictObject({
    state: z.literal('down').exactOptional(),
    wan: z.literal('lost').exactOptional(),
    warn: z.enum(WARNINGS).exactOptional(),
    forMinutes: z.number().min(0).max(1440).default(5),
    tags: z.array(line).default([]),
  })
  .refine(
    (when) => [when.state, when.wan, when.warn].filter((each) => each !== undefined).length === 1,
    "must have exactly one of state: 'down', wan: 'lost' and warn",
  );

const via = line.exactOptional();
const command = line.refine((text) => text.trim() !== '', 'must be a command');
const ACTIONS = ['renewDhcp', 'bounce', 'reboot', 'poeCycle', 'wake', 'run'] as const;

const action = z
  .strictObject({
    renewDhcp: line.exactOptional(),
    bounce: line.exactOptional(),
    reboot: z.literal(true).exactOptional(),
    poeCycle: z.strictObject({ via: line, port: line }).exactOptional(),
    wake: z
      .strictObject({
        via: line,
        mac: z.string().regex(MAC, "must be a hardware address, like '48:8F:5A:00:11:22'"),
        interface: line.exactOptional(),
      })
      .exactOptional(),
    run: z.array(command).min(1).max(MOST_LINES).exactOptional(),
    via,
  })
  .refine(
    (given) => ACTIONS.filter((name) => given[name] !== undefined).length === 1,
    `must have exactly one of ${ACTIONS.join(', ')}`,
  );

const limits = z
  .strictObject({
    perDevice: z
      .strictObject({ times: z.int().min(1).max(100), hours: z.number().positive().max(MOST_HOURS) })
      .default({ times: 2, hours: 6 }),
    fleetPerHour: z.int().min(1).max(1000).exactOptional(),
    atOnce: z.int().min(1).max(100).default(1),
  })
  .prefault({});

const rule = z.strictObject({
  name: line,
  when: condition,
  mode: z.enum(MODES).default('dryRun'),
  action,
  worked: z
    .strictObject({
      goodForMinutes: z.number().min(0).max(1440).default(2),
      withinMinutes: z.number().positive().max(1440).default(10),
    })
    .prefault({}),
  credential: line,
  limits,
});

/** What may be done to devices that are ill; nothing without rules. */
export function healingSettings(context: ConfigContext) {
  const credential = z.strictObject({
    username: line,
    password: secretText(context).exactOptional(),
    privateKey: secretText(context).exactOptional(),
    passphrase: secretText(context).exactOptional(),
  });
  return z
    .strictObject({
      rules: z.array(rule).max(100).default([]),
      credentials: z.record(line, credential).default({}),
    })
    .prefault({});
}

export type HealingSettings = z.output<ReturnType<typeof healingSettings>>;
type RuleSettings = z.output<typeof rule>;
export type HealerCredential = HealingSettings['credentials'][string];

/** The rules as they are applied. */
export function rulesOf({ rules }: Pick<HealingSettings, 'rules'>): Rule[] {
  return rules.map((given): Rule => {
    const { name, when, mode, worked, credential, limits: limit } = given;
    return {
      ...{ name, mode, credential, tags: when.tags, forMs: when.forMinutes * MINUTE_MS },
      condition: conditionOf(when),
      ...actionOf(given),
      goodForMs: worked.goodForMinutes * MINUTE_MS,
      withinMs: worked.withinMinutes * MINUTE_MS,
      limits: {
        times: limit.perDevice.times,
        windowMs: limit.perDevice.hours * HOUR_MS,
        fleetPerHour: limit.fleetPerHour ?? null,
        atOnce: limit.atOnce,
      },
    };
  });
}

function conditionOf({ state, wan, warn }: RuleSettings['when']): Rule['condition'] {
  if (state !== undefined) return { state };
  return wan === undefined ? { warn: warn ?? '' } : { wan };
}

function actionOf({ action: given }: RuleSettings): Pick<Rule, 'action' | 'via'> {
  const { renewDhcp, bounce, reboot, poeCycle, wake, run = [] } = given;
  if (poeCycle !== undefined)
    return { action: { kind: 'poeCycle', port: poeCycle.port }, via: { device: poeCycle.via } };
  if (wake !== undefined) {
    return {
      action: { kind: 'wake', mac: wake.mac, interface: wake.interface ?? null },
      via: { device: wake.via },
    };
  }
  const through = viaFrom(given.via);
  if (renewDhcp !== undefined) return { action: { kind: 'renewDhcp', interface: renewDhcp }, via: through };
  if (bounce !== undefined) return { action: { kind: 'bounce', interface: bounce }, via: through };
  return { action: reboot === undefined ? { kind: 'run', lines: run } : { kind: 'reboot' }, via: through };
}

function viaFrom(text = 'self'): Via {
  return text === 'self' || text === 'parent' ? text : { device: text };
}

/** What a rule may not be, in words that say what to do. */
export function findHealingContradictions(config: unknown): Contradiction[] {
  const healing = fieldIn(config, 'healing');
  const credentials = fieldIn(healing, 'credentials');
  const rules = listIn(fieldIn(healing, 'rules'));
  const names = rules.map((each) => fieldIn(each, 'name'));
  const logins = isObject(credentials) ? Object.entries(credentials) : [];
  return [
    ...rules.flatMap((each, index) => [
      ...(names.indexOf(names[index]) === index ? [] : [at(index, ['name'], 'another rule has this name')]),
      ...unknownCredential(each, index, logins),
      ...deadDevice(each, index),
      ...misplacedVia(each, index),
      ...relativeVia(each, index),
      ...endlessVerdict(each, index),
      ...unwatchedWarning(each, index, config),
      ...unfitVia(each, index, config),
    ]),
    ...logins.flatMap(([name, login]) => [
      ...findSshContradictions(login, ['healing', 'credentials', name]),
      ...readersOwn(name, login, config),
    ]),
  ];
}

function at(index: number, path: readonly string[], message: string): Contradiction {
  return { path: ['healing', 'rules', index, ...path], message };
}

function unknownCredential(given: unknown, index: number, logins: readonly [string, unknown][]): Contradiction[] {
  const name = fieldIn(given, 'credential');
  if (typeof name !== 'string' || logins.some(([known]) => known === name)) return [];
  return [at(index, ['credential'], `healing.credentials has no '${name}'`)];
}

/** Who is dead cannot be logged in to. */
function deadDevice(given: unknown, index: number): Contradiction[] {
  if (fieldIn(fieldIn(given, 'when'), 'state') !== 'down') return [];
  const doing = fieldIn(given, 'action');
  const [name] = ['renewDhcp', 'bounce', 'reboot', 'run'].filter((each) => fieldIn(doing, each) !== undefined);
  if (name === undefined || (fieldIn(doing, 'via') ?? 'self') !== 'self') return [];
  const message = `a device that is down cannot be logged in to: give via ('parent', or the name of a device beside it), or use poeCycle or wake`;
  return [at(index, ['action', name], message)];
}

/** `poeCycle` and `wake` have their own. */
function misplacedVia(given: unknown, index: number): Contradiction[] {
  const doing = fieldIn(given, 'action');
  const own = ['poeCycle', 'wake'].find((name) => fieldIn(doing, name) !== undefined);
  if (own === undefined || fieldIn(doing, 'via') === undefined) return [];
  return [at(index, ['action', 'via'], `belongs in ${own}`)];
}

/** These words stand for a device where `via` is that of the whole action. Here they would be the name of one, and the rule would never act. */
function relativeVia(given: unknown, index: number): Contradiction[] {
  return ['poeCycle', 'wake'].flatMap((own) => {
    const name = fieldIn(fieldIn(fieldIn(given, 'action'), own), 'via');
    if (name !== 'self' && name !== 'parent') return [];
    return [at(index, ['action', own, 'via'], `must be the name of the device to log in to, not '${name}'`)];
  });
}

function endlessVerdict(given: unknown, index: number): Contradiction[] {
  const worked = fieldIn(given, 'worked');
  const [goodFor, within] = [fieldIn(worked, 'goodForMinutes') ?? 2, fieldIn(worked, 'withinMinutes') ?? 10];
  if (typeof goodFor !== 'number' || typeof within !== 'number' || goodFor < within) return [];
  return [at(index, ['worked', 'goodForMinutes'], `must be less than withinMinutes (${within}): it could never work`)];
}

function unwatchedWarning(given: unknown, index: number, config: unknown): Contradiction[] {
  const warn = fieldIn(fieldIn(given, 'when'), 'warn');
  if (typeof warn !== 'string') return [];
  const watched = listIn(fieldIn(fieldIn(config, 'health'), 'warn'));
  if (watched.some((each) => fieldIn(each, warn) !== undefined)) return [];
  return [at(index, ['when', 'warn'], `health.warn has no ${warn}: this rule would never act`)];
}

/** Only a RouterOS says which way we come by. */
function unfitVia(given: unknown, index: number, config: unknown): Contradiction[] {
  const doing = fieldIn(given, 'action');
  const places = [['via'], ['poeCycle', 'via'], ['wake', 'via']] as const;
  return places.flatMap((path) => {
    const name = path.reduce<unknown>((value, key) => fieldIn(value, key), doing);
    if (typeof name !== 'string' || name === 'self' || name === 'parent') return [];
    const isOther = listIn(fieldIn(config, 'devices')).some((device) => fieldIn(device, 'name') === name);
    if (!isOther) return [];
    return [
      at(
        index,
        ['action', ...path],
        `'${name}' is no RouterOS device: only RouterOS says through which interfaces NetSentinel is connected`,
      ),
    ];
  });
}

/** The login that reads is to have no right to change anything, and who heals is to be told apart in the log of the router. */
function readersOwn(name: string, login: unknown, config: unknown): Contradiction[] {
  const username = fieldIn(login, 'username');
  if (typeof username !== 'string') return [];
  const readers = [...listIn(fieldIn(config, 'routers')), fieldIn(config, 'librenms')].flatMap((router) => [
    fieldIn(router, 'username'),
    fieldIn(fieldIn(router, 'ssh'), 'username'),
  ]);
  if (!readers.includes(username)) return [];
  const message = `'${username}' is the user that reads: healing needs a user of its own on the router`;
  return [{ path: ['healing', 'credentials', name, 'username'], message }];
}
