import { hideShapes } from '../secret-shapes.ts';
import type { ByteText } from '../text.ts';
import { type Argument, type Row, unquoted } from './rows.ts';

/**
 * Which arguments hold a secret. The first rules are MikroTik's list of sensitive parameters; `public-key` ends as they do and is none.
 * https://help.mikrotik.com/docs/spaces/ROS/pages/380076066
 */
const SECRET_NAME = /(?:password|passphrase|secrets?|-key|pin|key-val|cak|static-key-[0-3])$/;
const PUBLIC_NAMES = new Set(['public-key', 'peer-public-key', 'client-public-key']);
/** Secret in menus of these names alone. */
const SENSITIVE_IN: readonly MenuRule[] = [
  [/\b(?:iot|rip|ipsec)\b/, 'key'],
  [/\bzerotier\b/, 'identity'],
  [/^\/container envs$/, 'value'],
];
/** What RouterOS shows also where it hides secrets. */
const SHOWN_ALWAYS: readonly MenuRule[] = [
  [/^\/snmp community$/, 'name'],
  [/^\/snmp$/, 'trap-community'],
];
type MenuRule = readonly [menu: RegExp, name: string];
/** Hold scripts: whatever is written there, passwords among it, is hidden whole. */
const SCRIPT_NAME = /^(?:source|script|on-[a-z0-9-]+|[a-z0-9-]+-script)$/;

/** Whether the argument is one that RouterOS shows only with `show-sensitive`. */
export function isSensitive(menu: string, { name }: Pick<Argument, 'name'>): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (PUBLIC_NAMES.has(last)) return false;
  return SECRET_NAME.test(last) || isOf(SENSITIVE_IN, menu, last);
}

/** Whether people see `***` in place of its value. */
export function isHidden(menu: string, argument: Pick<Argument, 'name'>): boolean {
  return isSensitive(menu, argument) || SCRIPT_NAME.test(argument.name) || isOf(SHOWN_ALWAYS, menu, argument.name);
}

function isOf(rules: readonly MenuRule[], menu: string, name: string): boolean {
  return rules.some(([pattern, secret]) => name === secret && pattern.test(menu));
}

/** The sensitive arguments that have a value which is shown: not empty and not asterisks. */
export function shownSecrets({ menu, args }: Row): readonly Argument[] {
  return args.filter((argument) => isSensitive(menu, argument) && !/^\**$/.test(unquoted(argument.value)));
}

/** A value that is no secret by its name, with what looks like one hidden. A public key looks so. */
export function hideInValue({ name, value }: Pick<Argument, 'name' | 'value'>): ByteText {
  return PUBLIC_NAMES.has(name) ? value : hideShapes(value);
}
