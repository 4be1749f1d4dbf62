import { TroubleError } from '../runtime/errors.ts';
import { decide } from './decide.ts';
import type { Fault } from './judge.ts';
import type { FindModel } from './models/find.ts';
import type { DeviceModel } from './models/model.ts';
import { commandsOf } from './routeros/rows.ts';
import { HIDDEN } from './secret-shapes.ts';
import { atOnce, inTurns, type Steps } from './steps.ts';
import { type ByteText, byteTextOf } from './text.ts';
import type { BackupBook, Known, Version } from './versions.ts';

/** Of one configuration; what is larger is left out. */
export const MOST_FILE_BYTES = 16 * 1024 * 1024;

/** A configuration that somebody kept elsewhere. */
export interface ImportedFile {
  readonly device: string;
  /** For people. */
  readonly path: string;
  /** When it was made, by its name or commit; `null`: the name does not say. */
  readonly at: number | null;
  /** Absent: nobody says who changed it. */
  readonly changedBy?: readonly string[];
  /** Rejects with a `TroubleError` where it cannot be read. */
  read(): Promise<Buffer>;
}

export interface ImportResult {
  readonly device: string;
  readonly path: string;
  readonly version: number | null;
  /** Why it was left out; `null`: it was not. */
  readonly reason: string | null;
}

const DATE = /(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?:[T_. -]?(\d{2})[:.-]?(\d{2})(?:[:.-]?(\d{2}))?)?(?!\d)/;

/** The instant in the name of a file, as UTC, Unix ms; `null` where there is none. */
export function instantInName(name: string): number | null {
  const [year, month, day, hour = '0', minute = '0', second = '0'] = DATE.exec(name)?.slice(1) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(at);
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? at : null;
}

/**
 * Takes configurations into the history, the oldest first, marked as imported: nobody proved that they are whole. A device that was
 * backed up by us keeps its history as it is, and a file that is no newer than what was imported is left out: so it can be repeated.
 */
export async function* importFiles(
  files: readonly ImportedFile[],
  deps: {
    readonly book: Pick<BackupBook, 'keep' | 'versions'>;
    readonly findModel: FindModel;
    readonly modelOf: (device: string) => string;
    readonly newId: () => string;
    /** Unix ms. */
    readonly now: number;
  },
): AsyncGenerator<ImportResult> {
  const byDevice = Map.groupBy(files, ({ device }) => device);
  for (const [device, all] of [...byDevice].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const model = deps.findModel(deps.modelOf(device));
    const known = await deps.book.versions(device);
    for (const file of all.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))) {
      const { path, at } = file;
      const leftOut = (reason: string): ImportResult => ({ device, path, version: null, reason });
      if (at === null) yield leftOut('its name has no date like 2026-11-26');
      // Until then nobody would be told that the device is not backed up.
      else if (isAhead(at, deps.now)) yield leftOut('its date lies in the future');
      else if (known.some(isOwn)) yield leftOut(HAS_OWN);
      else if (at <= (known.at(-1)?.firstSeenAt ?? Number.NEGATIVE_INFINITY)) yield leftOut('it is there already');
      else {
        const bytes = await readOrTrouble(file);
        if (bytes instanceof TroubleError) {
          yield leftOut(bytes.message);
          continue;
        }
        const text = byteTextOf(bytes);
        if (!isConfiguration(model, text)) yield leftOut('it is no configuration');
        else if (hasHiddenSecrets(model, text))
          yield leftOut('its secrets are hidden (***): export them with --reveal');
        else yield { device, path, ...(await importText({ ...file, at }, model, text, deps)) };
      }
    }
  }
}

const HAS_OWN = 'the device has backups of its own';

function isOwn({ isImported }: Pick<Version, 'isImported'>): boolean {
  return !isImported;
}

/** Of clocks that are ahead. */
const DAY_MS = 86_400_000;

/** Whether an instant is later than it can be now, by any clock that is nearly right. */
export function isAhead(at: number, now: number): boolean {
  return at > now + DAY_MS;
}

/** What an export without `--reveal` has in place of a secret; a row of more asterisks is an ornament. */
const HIDDEN_SECRET = /(?<!\*)\*{3}(?!\*)/g;
/** A secret that has no shape: it is hidden where any secret would be. */
const ANY_SECRET = 'Zq7x2Kv9';

/** Whether secrets were hidden in a line as `maskLines` does it: a secret in place of the `***` would be hidden, and no other one is shown. */
function hasHiddenSecrets(model: DeviceModel, text: ByteText): boolean {
  if (!text.includes(HIDDEN)) return false;
  const lines = model.readableLines(text).map((each) => each.text);
  const isLooked = (at: number) => lines[at]?.includes(HIDDEN) === true;
  const masked = model.maskLines(lines, isLooked);
  const filled = lines.map((line, at) => (isLooked(at) ? line.replace(HIDDEN_SECRET, ANY_SECRET) : line));
  const maskedFilled = model.maskLines(filled, isLooked);
  return lines.some(
    (line, at) =>
      isLooked(at) &&
      masked[at] === line &&
      (line === HIDDEN || (filled[at] !== line && maskedFilled[at]?.includes(HIDDEN))),
  );
}

async function readOrTrouble(file: ImportedFile): Promise<Buffer | TroubleError> {
  try {
    return await file.read();
  } catch (error) {
    if (error instanceof TroubleError) return error;
    throw error;
  }
}

async function importText(
  { device, at, changedBy = [] }: ImportedFile & { readonly at: number },
  model: DeviceModel,
  text: ByteText,
  { book, newId }: { readonly book: Pick<BackupBook, 'keep'>; readonly newId: () => string },
): Promise<Pick<ImportResult, 'version' | 'reason'>> {
  const fetched = { text, bytes: text.length, version: null, at, actions: [] };
  const trusting: DeviceModel = { ...model, judge: judgeNothing };
  const late = new Error('a backup came first');
  const kept = await book
    .keep(device, newId(), async (known: Known) => {
      // Since it was asked for, a run may have stored what is newer.
      if (known.newest !== null && isOwn(known.newest.version)) throw late;
      const decision = await inTurns(decide(trusting, fetched, known));
      return decision.kind === 'version'
        ? { ...decision, text: { ...decision.text, changedBy }, isImported: true }
        : decision;
    })
    .catch((error: unknown) => {
      if (error === late) return null;
      throw error;
    });
  if (kept === null) return { version: null, reason: HAS_OWN };
  if (kept.kind === 'quarantined') throw new Error('an imported text is not judged');
  return kept.kind === 'unchanged'
    ? { version: null, reason: `it is the same as version ${kept.version}` }
    : { version: kept.version, reason: null };
}

function* judgeNothing(): Steps<readonly Fault[]> {
  yield;
  return [];
}

/** What no configuration has: it is encrypted, packed or otherwise no text. */
const NO_TEXT = /\0|^(?:age-encryption\.org\/|-----BEGIN AGE ENCRYPTED)/;

/** Other tools drop the comments at the top, so they are not asked for. */
function isConfiguration(model: DeviceModel, text: ByteText): boolean {
  const lines = model.normalLines(text);
  if (model.name !== 'routeros')
    return !NO_TEXT.test(text) && atOnce(model.judge({ text, lines }, null, new Set())).length === 0;
  return lines[0]?.startsWith('/') === true && commandsOf(lines).some(({ verb }) => verb !== '');
}
