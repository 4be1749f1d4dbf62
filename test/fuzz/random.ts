import { createRandom, type Random } from '../../src/demo/traffic.ts';

/** Chance for a fuzzer; the same for the same seed. */
export interface Dice {
  readonly random: Random;
  /** 0 to below `count`. */
  below(count: number): number;
  pick<T>(choices: readonly T[]): T;
  bytes(length: number): Buffer;
}

export function createDice(seed: number): Dice {
  const random = createRandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  return {
    random,
    below,
    pick(choices) {
      const [choice] = choices.slice(below(choices.length));
      return choice as (typeof choices)[number];
    },
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => below(256))),
  };
}

/** Texts that programs stumble over. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e3',
  'NaN',
  '18446744073709551616',
  '9223372036854775807',
  '99999999999999999999999999',
  'null',
  'true',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; DROP TABLE usage_daily; --",
  '<script>alert(1)</script>',
  '{{#each this}}',
  '%s%n',
  '\u0000',
  '\r\nX-Injected: 1',
  '\u202Eevil',
  '\ud800',
  '😀'.repeat(70),
  'a'.repeat(70_000),
  '=HYPERLINK("http://example.com")',
  '<pppoe-bob>',
  'home/office',
  '12/34/56',
  '1.5/2',
  '٣/٤',
];

/** A text: hostile, or of random characters. */
export function hostileText(dice: Dice): string {
  if (dice.random() < 0.7) return dice.pick(HOSTILE_TEXTS);
  return Array.from({ length: dice.below(40) }, () => String.fromCodePoint(dice.below(0x2000))).join('');
}

/** Any value that JSON or a program could hold. */
export function hostileValue(dice: Dice): unknown {
  const values: readonly (() => unknown)[] = [
    () => hostileText(dice),
    () => dice.pick([0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308]),
    () => dice.pick([true, false, null, undefined]),
    () => [],
    () => [hostileText(dice)],
    () => ({}),
    () => ({ [dice.pick(HOSTILE_TEXTS)]: hostileText(dice) }),
    () => Object.create(null),
    () => 10n ** 30n,
    () => Symbol('x'),
    () => () => 'x',
  ];
  return dice.pick(values)();
}
