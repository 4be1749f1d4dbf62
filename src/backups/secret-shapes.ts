import type { ByteText } from './text.ts';

export const HIDDEN = '***';

/**
 * Secrets that show by how they look, wherever they stand: in comments, URLs, names of another device. Each pattern runs in linear
 * time on any text; what is in its groups stays.
 */
const SHAPES: readonly RegExp[] = [
  // user:password@ in a URL.
  /(:\/\/[^\s/:@"]{0,200}:)[^\s/@"]{1,500}(@)/g,
  // password: …, secret = …, token=…; not the name of an argument whose value is looked at by its name.
  /\b((?:password|passwort|passwd|passphrase|pass|pwd|secret|token|psk|api[-_ ]?key|pre-shared-key)"?\s{0,3}[:=]\s{0,3})[^\s"',;)\]}]{1,500}/gi,
  /\b((?:bearer|basic)\s{1,3})[\w+/=.~-]{8,2000}/gi,
  // crypt(3): $1$, $5$, $6$, $2y$, $y$.
  /()\$(?:1|5|6|7|2[abxy]|y|sha1)\$[\w./$+=,-]{8,200}/g,
  // Keys of 256 bits in base64, as WireGuard has them.
  /(^|[^\w+/])[A-Za-z0-9+/]{43}=(?![\w+/=])/g,
  // Tokens of Telegram, GitHub, Slack, AWS, and JSON web tokens.
  /()\b\d{6,12}:[\w-]{35}\b/g,
  /()\b(?:ghp|gho|ghs|github_pat|xox[abprs])[_-][\w-]{10,255}/g,
  /()\bAKIA[0-9A-Z]{16}\b/g,
  /()\beyJ[\w-]{8,2000}\.[\w-]{8,2000}(?:\.[\w-]{0,2000})?/g,
  // Hashes and keys in hexadecimal digits.
  /()\b(?:0x)?[0-9a-fA-F]{32,4096}\b/g,
];

/** The line with `***` in place of what looks like a secret. */
export function hideShapes(line: ByteText): ByteText {
  return SHAPES.reduce(
    (text, shape) =>
      text.replace(shape, (_, before: string, after: unknown) => before + HIDDEN + (after === '@' ? '@' : '')),
    line,
  );
}

const KEY_BEGIN = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const KEY_END = /-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

/** More characters are no line of a configuration: it is hidden whole, whoever asks. Secrets in it would take too long to find. */
const LONGEST_LINE = 256 * 1024;

/** Whether a line is to be hidden and given, by its place; the others are of no use to whoever asks. */
export type IsWanted = (index: number) => boolean;

/**
 * The lines as `hideOne` leaves them, with private keys that lie over several lines hidden too. One line stays one line; those that are
 * not wanted are `***`: to hide all lines of a large text for a part of it would take too long.
 */
export function hideInLines(
  lines: readonly ByteText[],
  hideOne: (line: ByteText, index: number) => ByteText,
  isWanted: IsWanted = () => true,
): readonly ByteText[] {
  let isInKey = false;
  return lines.map((line, index) => {
    // Where a key begins and ends counts for the lines between.
    const isKeyLine = line.includes('PRIVATE KEY');
    const isTooLong = line.length > LONGEST_LINE;
    if (!isKeyLine && (isTooLong || !isWanted(index))) return HIDDEN;
    const shown = hideOne(line, index);
    const isKey = isInKey || (isKeyLine && KEY_BEGIN.test(shown));
    isInKey = isKey && !(isKeyLine && KEY_END.test(shown));
    return isKey || isTooLong ? HIDDEN : shown;
  });
}
