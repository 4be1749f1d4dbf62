import { setImmediate as turn } from 'node:timers/promises';
import { TroubleError } from '../runtime/errors.ts';
import type { BinaryBook } from './binary.ts';
import { changeOf } from './decide.ts';
import { changesOf, unorderedChanges } from './diff.ts';
import { type ListEntry, listEntries } from './entries.ts';
import { compareInSteps, maskDiff } from './masked-diff.ts';
import type { FindModel } from './models/find.ts';
import type { DeviceModel } from './models/model.ts';
import { createTextReader, nothingInQuarantine, noVersion, type Which } from './read-text.ts';
import { restoreScript } from './routeros/restore-script.ts';
import { type SearchHit, type SearchOptions, searchVersions } from './search.ts';
import { inTurns, type Steps } from './steps.ts';
import { type ByteText, shownLine, typedText } from './text.ts';
import type { BackupBook, Decision, Known, Verified } from './versions.ts';
import { partsOf } from './view.ts';

/** A line of a difference, as programs read it. */
export interface DiffEntry {
  readonly menu: string;
  readonly sign: '+' | '-';
  readonly line: string;
  readonly isMoved: boolean;
}

/** Whether something stored can be read: a text, or the binary backup of a version. */
export interface VerifiedEach extends Verified {
  readonly isBinary: boolean;
}

/** What people do with kept configurations. Everything rejects with a `TroubleError` when the database is away. */
export interface BackupDesk {
  /** The newest of each device and what is in quarantine; of one device all. */
  list(device?: string): Promise<readonly ListEntry[]>;
  /** The text with secrets hidden, its wraps joined; with `reveal` as it was received. Without a version the newest. */
  show(device: string, which: Which | undefined, options: { readonly reveal: boolean }): Promise<Buffer>;
  /** What leads from one text to the other, secrets hidden. Without `b` from `a` to the newest; without both from the one before to the newest. */
  diff(
    device: string,
    versions: { readonly a?: Which | undefined; readonly b?: Which | undefined },
    options: { readonly isUnordered: boolean },
  ): Promise<readonly DiffEntry[]>;
  /** Lines with this text, in the newest version of each device or in all. It is looked for in what is shown: a hidden secret is not found. */
  search(text: string, options: SearchOptions): AsyncIterable<SearchHit>;
  /** Reads all that is stored, the binary backups after the texts. */
  verify(device?: string): AsyncIterable<VerifiedEach>;
  /** The binary backup of a version; without one the newest that there is. Rejects with `BACKUP_UNKNOWN` where there is none. */
  binary(device: string, version?: number): Promise<{ readonly version: number; readonly bytes: Buffer }>;
  /** Commands that lead from version `b` back to version `a`. */
  restoreScript(device: string, a: number, b: number, options: { readonly reveal: boolean }): Promise<string>;
  /**
   * Makes what is in quarantine the newest version; gives its number. `lastSeenAt`: of what was looked at; where another text came since
   * then, it rejects with `BACKUP_CAME_AGAIN`.
   */
  accept(device: string, lastSeenAt?: number): Promise<number>;
}

export interface DeskDeps {
  readonly book: BackupBook;
  readonly binaries: Pick<BinaryBook, 'list' | 'newest' | 'read' | 'verify'>;
  readonly findModel: FindModel;
  readonly newId: () => string;
}

export function createBackupDesk({ book, binaries, findModel, newId }: DeskDeps): BackupDesk {
  const textsOf = createTextReader({ book });

  async function* search(text: string, options: SearchOptions) {
    for await (const { hits } of searchVersions(text, options, { book, findModel })) yield* hits;
  }

  return {
    async list(device) {
      const [versions, made] =
        device === undefined
          ? [await book.newest(), await binaries.newest()]
          : [await book.versions(device), await binaries.list(device)];
      return listEntries(versions, await book.quarantines(device), made);
    },
    async show(device, which, { reveal }) {
      const { text, model } = await (await textsOf(device)).read(which);
      if (reveal) return Buffer.from(text, 'latin1');
      return Buffer.from(maskedText(findModel(model), text), 'utf8');
    },
    async diff(device, { a, b }, { isUnordered }) {
      const { read } = await textsOf(device);
      const right = await read(b);
      const from = a ?? right.before;
      if (from === null) throw noVersion(device, undefined);
      const left = await read(from);
      const model = findModel(right.model);
      const comparison = await inTurns(compareInSteps(model, left.text, right.text));
      const changes = isUnordered ? unorderedChanges(comparison.lines) : changesOf(comparison.lines);
      const entries: DiffEntry[] = [];
      for (const { from, end } of partsOf(changes, ({ line }) => line.length)) {
        // A large difference takes a while: others have their turn.
        await turn();
        for (const { menu, sign, line, isMoved } of maskDiff(model, comparison, changes.slice(from, end))) {
          if (sign !== ' ') entries.push({ menu, sign, line, isMoved });
        }
      }
      return entries;
    },
    search,
    async *verify(device) {
      for await (const each of book.verify(device)) yield { ...each, isBinary: false };
      for await (const each of binaries.verify(device)) yield { ...each, isBinary: true };
    },
    async binary(device, version) {
      const wanted = version ?? (await binaries.list(device)).at(-1)?.version;
      const bytes = wanted === undefined ? null : await binaries.read(device, wanted);
      if (wanted === undefined || bytes === null) throw noBinary(device, version);
      return { version: wanted, bytes };
    },
    async restoreScript(device, a, b, options) {
      const { read } = await textsOf(device);
      const [wanted, present] = [await read(a), await read(b)];
      if (wanted.model !== 'routeros' || present.model !== 'routeros') throw notScriptable(device);
      const model = findModel('routeros');
      const lines = restoreScript(model.normalLines(wanted.text), model.normalLines(present.text), options);
      const head = [
        `# Leads ${shownLine(typedText(device))} from version ${b} back to version ${a}. Read each line before you paste it.`,
        '# Nothing of it was tried on a router.',
        '',
      ];
      return [...head, ...lines.map(shownLine)].map((line) => `${line}\n`).join('');
    },
    async accept(device, lastSeenAt) {
      const kept = await book.keep(device, newId(), (known) => {
        const since = known.quarantine?.facts.lastSeenAt;
        if (lastSeenAt !== undefined && since !== undefined && since !== lastSeenAt) throw cameAgain(device);
        return inTurns(acceptedVersion(device, known, findModel));
      });
      if (kept.kind === 'quarantined') throw new Error('what was accepted cannot be in quarantine');
      return kept.version;
    },
  };
}

/** As people read it: UTF-8, wraps joined, secrets hidden. */
function maskedText(model: DeviceModel, text: ByteText): string {
  const lines = model.readableLines(text).map((each) => each.text);
  return model
    .maskLines(lines)
    .map((line) => `${shownLine(line)}\n`)
    .join('');
}

function* acceptedVersion(device: string, known: Known, findModel: FindModel): Steps<Decision> {
  const { quarantine, newest } = known;
  if (quarantine === null) throw nothingInQuarantine(device);
  const { facts, text } = quarantine;
  if (text === null) throw damagedQuarantine(device);
  const model = findModel(facts.model);
  // In other texts than exports a line may only look like an error: the end of all is proven.
  const isError = facts.code === 'BACKUP_ERROR_TEXT' && facts.model === 'routeros';
  if (isError || model.isCutShort(text)) throw notAcceptable(device, facts.message);
  const { bytes, osVersion, hardware, serial, changedBy } = facts;
  const sight = { at: facts.lastSeenAt, clockMs: facts.clockMs };
  const kept = { text, model: facts.model, bytes, osVersion, hardware, serial, changedBy, sight };
  const lines = newest === null ? [] : model.normalLines(newest.text);
  yield;
  const change = yield* changeOf(model, model.normalLines(text), lines, kept, known);
  const accept = model.failedParts(text);
  return { kind: 'version', text: kept, ...change, isImported: false, accept };
}

function cameAgain(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_CAME_AGAIN',
    `another backup of '${device}' came since you looked`,
    'Look at it once more, then accept it.',
  );
}

function damagedQuarantine(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_DAMAGED',
    `what is in quarantine of '${device}' cannot be read: its rows in the database are damaged`,
    'Back the device up again: the next text takes its place.',
  );
}

function notAcceptable(device: string, message: string): TroubleError {
  return new TroubleError(
    'BACKUP_NOT_ACCEPTABLE',
    `what is in quarantine of '${device}' is no whole configuration: ${message}`,
    'It cannot become a version. Mend the trouble on the device and back it up again.',
  );
}

function noBinary(device: string, version: number | undefined): TroubleError {
  const what = version === undefined ? `'${device}'` : `version ${version} of '${device}'`;
  return new TroubleError(
    'BACKUP_UNKNOWN',
    `there is no binary backup of ${what}`,
    'See which versions have one: backup list DEVICE. They are made where backup.binary of the configuration asks for them.',
  );
}

function notScriptable(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_NO_SCRIPT',
    `'${device}' is no RouterOS device: no commands can be made`,
    'Compare both versions instead: backup diff.',
  );
}
