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

/** How a secret may stand in a text. */
interface Form {
  /** At least `START` characters. */
  readonly text: string;
  /** A regular expression for what is replaced where the text contains `text`. */
  readonly around: (escaped: string) => RegExp;
  /** Which of two of the same length is tried first: the one that came first. */
  readonly order: number;
}

interface Holding {
  holders: number;
  /** `null`: they are not in the index yet. */
  forms: readonly Form[] | null;
}

const secrets = new Map<string, Holding>();
const notIndexed = new Set<string>();
let formsMade = 0;

/**
 * The forms of all secrets, by their text, and which lengths they have by how they start: so a text is gone through once, however many
 * secrets there are. Thousands of devices may have passwords of their own.
 */
const formsOfText = new Map<string, readonly Form[]>();
const lengthsOfStart = new Map<number, Map<number, number>>();
/** Those that `SHOWN` may be a part of: only they can come about by masking. */
const starred = new Set<Form>();
const START = 4;

/** From now on `mask` hides this text and every encoding of it, until the returned function is called. */
export function keepSecret(secret: string): () => void {
  if (secret === '') return () => {};
  const holding = secrets.get(secret) ?? { holders: 0, forms: null };
  holding.holders += 1;
  if (holding.holders === 1) {
    secrets.set(secret, holding);
    notIndexed.add(secret);
  }
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    holding.holders -= 1;
    if (holding.holders > 0 || secrets.get(secret) !== holding) return;
    secrets.delete(secret);
    notIndexed.delete(secret);
    for (const form of holding.forms ?? []) removeForm(form);
  };
}

/** Hides none of them any more: for tests, of which many share a process and each must prove that its own are kept. */
export function forgetSecrets(): void {
  for (const known of [secrets, notIndexed, formsOfText, lengthsOfStart, starred]) known.clear();
}

/** The text with `***` in place of each known secret: plain, URL-encoded, escaped for JSON, in base64 alone or within more. */
export function mask(text: string): string {
  for (const secret of notIndexed) index(secret);
  let masked = text;
  // Longest first, so that a secret that begins another one leaves no rest of it.
  const found = [...formsIn(text)].sort(longestFirst);
  for (let place = 0; place < found.length; place += 1) {
    const form = found[place];
    if (form === undefined) break;
    const before = masked;
    masked = before.replace(form.around(RegExp.escape(form.text)), SHOWN);
    if (masked !== before) addStarred(found, place + 1, masked);
  }
  return masked;
}

/** What was masked may stand in another secret: `***` and its neighbours. */
function addStarred(found: Form[], from: number, masked: string): void {
  const last = found[from - 1];
  const rest = new Set(found.splice(from));
  for (const form of starred) {
    if (last !== undefined && longestFirst(last, form) < 0 && masked.includes(form.text)) rest.add(form);
  }
  found.push(...[...rest].sort(longestFirst));
}

function longestFirst(one: Form, other: Form): number {
  return other.text.length - one.text.length || one.order - other.order;
}

function formsIn(text: string): Set<Form> {
  const found = new Set<Form>();
  if (formsOfText.size === 0) return found;
  let start = 0;
  for (let end = 0; end < text.length; end += 1) {
    start = nextStart(start, text.charCodeAt(end));
    const lengths = end < START - 1 ? undefined : lengthsOfStart.get(start);
    if (lengths === undefined) continue;
    const place = end - START + 1;
    for (const length of lengths.keys()) {
      for (const form of formsOfText.get(text.slice(place, place + length)) ?? []) found.add(form);
    }
  }
  return found;
}

/** A number for the last four characters: alike for the same, mostly different for others. Each takes eight bits, the oldest falls out. */
function nextStart(start: number, code: number): number {
  return ((start << 8) ^ ((code ^ (code >> 8)) & 0xff)) | 0;
}

function startOf(text: string): number {
  let start = 0;
  for (let place = 0; place < START; place += 1) start = nextStart(start, text.charCodeAt(place));
  return start;
}

function index(secret: string): void {
  notIndexed.delete(secret);
  const holding = secrets.get(secret);
  if (holding === undefined) return;
  const forms = formsOf(secret);
  holding.forms = forms;
  for (const form of forms) {
    formsOfText.set(form.text, [...(formsOfText.get(form.text) ?? []), form]);
    const start = startOf(form.text);
    const lengths = lengthsOfStart.get(start) ?? new Map<number, number>();
    lengthsOfStart.set(start, lengths.set(form.text.length, (lengths.get(form.text.length) ?? 0) + 1));
    if (form.text.includes('*')) starred.add(form);
  }
}

function removeForm(form: Form): void {
  const { text } = form;
  const others = (formsOfText.get(text) ?? []).filter((each) => each !== form);
  if (others.length > 0) formsOfText.set(text, others);
  else formsOfText.delete(text);
  starred.delete(form);
  const start = startOf(text);
  const lengths = lengthsOfStart.get(start);
  const left = (lengths?.get(text.length) ?? 1) - 1;
  if (left > 0) lengths?.set(text.length, left);
  else lengths?.delete(text.length);
  if (lengths?.size === 0) lengthsOfStart.delete(start);
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  if (secret.length < SHORTEST_PLAIN) return [formed(bytes.toString('base64'), aloneInBase64)];
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
    ...[...plain].map((text) => formed(text, secret.length < SHORTEST_WITHIN ? asWord : anywhere)),
    ...[...encoded].map((text) => formed(text, runOfBase64)),
  ];
}

function formed(text: string, around: Form['around']): Form {
  formsMade += 1;
  return { text, around, order: formsMade };
}

function anywhere(escaped: string): RegExp {
  return new RegExp(escaped, 'g');
}

function asWord(escaped: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu');
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
function runOfBase64(escaped: string): RegExp {
  return new RegExp(`[\\w+/-]*${escaped}[\\w+/-]*={0,2}`, 'g');
}

function aloneInBase64(escaped: string): RegExp {
  return new RegExp(`(?<![\\w+/-])${escaped}(?![\\w+/=-])`, 'g');
}
