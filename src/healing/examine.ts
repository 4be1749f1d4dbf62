import { TroubleError } from '../runtime/errors.ts';
import type { Examine } from '../runtime/examination.ts';
import {
  about,
  type Finding,
  failure,
  listNames,
  ok,
  type PartFinding,
  troubled,
  warning,
} from '../runtime/finding.ts';
import { readableName } from '../runtime/format.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { OpenShell } from './ports.ts';
import { concerns, helpsOneDevice, type Placed, type Rule, viaOf, wayFor } from './rule.ts';

/** A device, as far as `check` has to know it. */
export interface ExaminedDevice extends Placed {
  /** Whether it is a RouterOS: only that can be asked which way we come by. */
  readonly isRouter: boolean;
  readonly hasApi: boolean;
  readonly hasSsh: boolean;
}

export interface HealingExamineDeps {
  readonly rules: readonly Rule[];
  /** All that are known. Rejects with a `TroubleError` when the database is away. */
  readonly devices: () => Promise<readonly ExaminedDevice[]>;
  /** Whether anything shows that our own line works. */
  readonly hasWitnesses: boolean;
  readonly openShell: OpenShell;
}

/** Devices at once. */
const PLACES = 8;
const ROUTEROS_ADVICE = 'Act through a RouterOS device.';
const NO_WAY_ADVICE = 'Give the device api or ssh, with the port and the host key; healing uses its own login there.';

/** What `check` says of healing: whether each device that is acted through takes the login of its rule, and whether the rules make sense. */
export function createHealingExamine({ rules, devices, hasWitnesses, openShell }: HealingExamineDeps): Examine {
  return async ({ read, signal }) => {
    if (rules.length === 0) return [];
    const known = await read(devices);
    if (known === null) return [];
    const limiter = createLimiter(PLACES);
    const findings = rules.map(async (rule): Promise<readonly Finding[]> => {
      const concerned = known.filter((device) => concerns(rule, device));
      const through = [...new Set(concerned.flatMap((device) => viaOf(rule, device) ?? []))];
      const looks = through.map((name) =>
        limiter.run(() => examineWay(rule, name, known.find((each) => each.name === name) ?? null, openShell, signal)),
      );
      const parts = [...judgeRule(rule, concerned, known), ...(await Promise.all(looks)).flat()];
      return about(`healing ${readableName(rule.name)}`, parts);
    });
    return [...(hasWitnesses ? [] : about('healing', [NO_WITNESS])), ...(await Promise.all(findings)).flat()];
  };
}

const NO_WITNESS = warning(
  'own line',
  'health.witnesses is empty: nobody can tell an outage of our own line from one of the devices',
  'Give the gateway and two addresses outside: health: { witnesses: [...] }.',
);

function judgeRule(rule: Rule, concerned: readonly Placed[], known: readonly Placed[]): PartFinding[] {
  const names = concerned.map(({ name }) => name);
  if (names.length === 0) {
    return [
      warning('devices', 'no device has a tag of the rule', 'Correct the tags of the rule, or give one to a device.'),
    ];
  }
  const orphans = concerned.filter((device) => viaOf(rule, device) === null).map(({ name }) => name);
  const lost = concerned.filter(({ parent }) => parent !== null && known.every((each) => each.name !== parent));
  const several = helpsOneDevice(rule.action) && names.length > 1;
  return [
    several
      ? failure(
          'devices',
          `the action helps one device, but the rule is about ${names.length}, so it never acts: ${listNames(names)}`,
          'Give that device a tag of its own, and the rule this tag.',
        )
      : ok('devices', listNames(names)),
    ...(orphans.length === 0
      ? []
      : [failure('parent', `no parent to act through: ${listNames(orphans)}`, 'Set the parent of each.')]),
    ...(lost.length === 0
      ? []
      : [
          failure(
            'parent',
            `the parent of these is not a known device, so the rule never acts on them: ${listNames(lost.map(({ name }) => name))}`,
            'Add the parent as a device, or correct the parent of each.',
          ),
        ]),
  ];
}

async function examineWay(
  rule: Rule,
  name: string,
  device: ExaminedDevice | null,
  openShell: OpenShell,
  signal: AbortSignal,
): Promise<PartFinding[]> {
  const part = `through ${readableName(name)}`;
  if (device === null) return [failure(part, 'no such device', 'Correct via in the rule, or add the device.')];
  if (!device.isRouter) {
    return [
      failure(
        part,
        'is no RouterOS device: it does not say through which interfaces NetSentinel is connected',
        ROUTEROS_ADVICE,
      ),
    ];
  }
  if (!device.hasApi && !device.hasSsh) return [failure(part, 'has neither api nor ssh', NO_WAY_ADVICE)];
  try {
    const to = { device: name, credential: rule.credential, prefers: wayFor(rule.action) };
    const shell = await openShell(to, signal);
    shell.close();
    return [ok(part, `logged in as ${readableName(shell.username)}`)];
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return [troubled(part, error)];
  }
}
