/**
 * The secrets of this process, and how to take them out of a text. Outside systems quote what was sent to them: a mail server may
 * answer a login with the login itself. Texts that may quote them (`TroubleError`, the logger, a bug's stack) are masked here.
 */

const SHOWN = '***';
/**
 * A shorter secret is hidden only where it stands encoded: hiding each `a` of a text would leave no text. One shorter than
 * `SHORTEST_WITHIN` is hidden where it stands as a word, or `pass` would hide half of each `password`. `docs/mail.md` says so.
 */
const SHORTEST_PLAIN = 4;
const SHORTEST_WITHIN = 8;

interface Form {
  readonly text: string;
  /** What is replaced where the text contains `text`. */
  readonly pattern: RegExp;
}

const holders = new Map<string, number>();
/** Longest first, so that a secret that begins another one leaves no rest of it; `null` until they are asked for. */
let forms: readonly Form[] | null = [];

/** From now on `mask` hides this text and every encoding of it, until the returned function is called. */
export function keepSecret(secret: string): () => void {
  if (secret === '') return () => {};
  holders.set(secret, (holders.get(secret) ?? 0) + 1);
  forms = null;
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const others = (holders.get(secret) ?? 1) - 1;
    if (others > 0) holders.set(secret, others);
    else holders.delete(secret);
    forms = null;
  };
}

/** Hides none of them any more: for tests, of which many share a process and each must prove that its own are kept. */
export function forgetSecrets(): void {
  holders.clear();
  forms = [];
}

/** The text with `***` in place of each known secret: plain, URL-encoded, escaped for JSON, in base64 alone or within more. */
export function mask(text: string): string {
  forms ??= [...holders.keys()].flatMap(formsOf).sort((one, other) => other.text.length - one.text.length);
  let masked = text;
  for (const form of forms) if (masked.includes(form.text)) masked = masked.replace(form.pattern, SHOWN);
  return masked;
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  if (secret.length < SHORTEST_PLAIN) return [aloneInBase64(bytes.toString('base64'))];
  const percentEncoded = secret.isWellFormed() ? encodeURIComponent(secret) : secret;
  const plain = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    percentEncoded,
    percentEncoded.replace(/%../g, (code) => code.toLowerCase()),
    // As in forms and query strings.
    percentEncoded.replaceAll('%20', '+'),
  ]);
  const encoded = new Set([0, 1, 2].flatMap((offset) => [withinBase64(bytes, offset), withinBase64Url(bytes, offset)]));
  return [
    ...[...plain].map((text) => (secret.length < SHORTEST_WITHIN ? asWord(text) : anywhere(text))),
    ...[...encoded].map(runOfBase64),
  ];
}

function anywhere(text: string): Form {
  return { text, pattern: new RegExp(RegExp.escape(text), 'g') };
}

function asWord(text: string): Form {
  return { text, pattern: new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(text)}(?![\\p{L}\\p{N}])`, 'gu') };
}

/**
 * The base64 characters of the bytes that do not depend on their neighbours, when `offset` bytes (modulo 3) come before. This finds a
 * password in a SASL answer whose user name is unknown.
 */
function withinBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

function withinBase64Url(bytes: Buffer, offset: number): string {
  return withinBase64(bytes, offset).replaceAll('+', '-').replaceAll('/', '_');
}

/** All base64 around it is removed too: the adjacent characters hold part of its first and last byte. */
function runOfBase64(text: string): Form {
  return { text, pattern: new RegExp(`[\\w+/-]*${RegExp.escape(text)}[\\w+/-]*={0,2}`, 'g') };
}

function aloneInBase64(text: string): Form {
  return { text, pattern: new RegExp(`(?<![\\w+/-])${RegExp.escape(text)}(?![\\w+/=-])`, 'g') };
}
