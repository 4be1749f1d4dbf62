import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Limiter } from '../runtime/limiter.ts';
import type { BinaryBook, BinaryFacts } from './binary.ts';
import { compareInSteps } from './masked-diff.ts';
import type { FindModel } from './models/find.ts';
import { createTextReader, noVersion, type Which } from './read-text.ts';
import { type FoundPart, type SearchOptions, searchVersions, takePart } from './search.ts';
import { type DiffRow, type DiffSums, lengthOfRow, rowsAround, showRows, sumsOf } from './shown-diff.ts';
import { inTurns } from './steps.ts';
import type { BackupBook, Quarantine, Version } from './versions.ts';
import {
  type BlockStart,
  blockStarts,
  maskedPieces,
  partOfLine,
  partsOf,
  readableOf,
  type ShownLine,
  showPart,
} from './view.ts';

/** A part of something too long for one page; parts count from 0. */
interface Paged {
  readonly part: number;
  readonly parts: number;
}

/** A part of a stored text. */
export interface ViewedText extends Paged {
  readonly version: Which;
  readonly facts: Version | Quarantine;
  /** There is a version before it. */
  readonly hasBefore: boolean;
  /** Of the binary backup that was made for it; `null`: there is none. */
  readonly binaryBytes: number | null;
  readonly lines: readonly ShownLine[];
  readonly blocks: readonly BlockStart[];
}

/** A part of what leads from one text to another. */
export interface ViewedDiff extends Paged {
  readonly a: number;
  readonly b: Which;
  readonly before: Version;
  readonly after: Version | Quarantine;
  readonly sums: DiffSums;
  readonly rows: readonly DiffRow[];
  /** Of `b` and the versions between, where somebody is named. */
  readonly changedBy: readonly { readonly version: Which; readonly users: readonly string[] }[];
}

/** What is kept of one device. */
export interface DeviceHistory {
  /** By number. */
  readonly versions: readonly Version[];
  readonly quarantine: Quarantine | null;
  readonly binaries: readonly BinaryFacts[];
}

/** Kept configurations for people, in parts that a page can take. Everything rejects with a `TroubleError` when it cannot be read. */
export interface BackupLook {
  /** The newest version of each device, and what is in quarantine. */
  overview(): Promise<{ readonly newest: readonly Version[]; readonly quarantines: readonly Quarantine[] }>;
  history(device: string): Promise<DeviceHistory>;
  /** With the part that has a physical line, or the part asked for; the last one where there is none so far. */
  view(
    device: string,
    which: Which,
    asked: { readonly part: number; readonly line: number | null; readonly reveal: boolean },
  ): Promise<ViewedText>;
  /** Without `a` the version before `b`. */
  compare(
    device: string,
    versions: { readonly a: number | undefined; readonly b: Which | undefined },
    asked: { readonly part: number; readonly isUnordered: boolean },
  ): Promise<ViewedDiff>;
  /** A whole text, secrets hidden, piece by piece. */
  pieces(device: string, which: Which | undefined): Promise<AsyncIterable<string>>;
  /** As much as is found in a short time; at most so many. */
  search(text: string, options: Omit<SearchOptions, 'reveal'>, most: number): Promise<FoundPart>;
}

export interface BackupLookDeps {
  readonly book: BackupBook;
  readonly binaries: Pick<BinaryBook, 'list' | 'find'>;
  readonly findModel: FindModel;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Large texts take memory: how many are looked at at once. */
  readonly limiter: Limiter;
}

/** Blocks that a page lists. */
const MOST_BLOCKS = 300;
/** A search ends after this time, and can be gone on with. */
const SEARCH_MS = 2_000;

export function createBackupLook({ book, binaries, findModel, clock, limiter }: BackupLookDeps): BackupLook {
  const textsOf = createTextReader({ book });

  async function history(device: string): Promise<DeviceHistory> {
    const [quarantine = null] = await book.quarantines(device);
    return { versions: await book.versions(device), quarantine, binaries: await binaries.list(device) };
  }

  async function view(
    device: string,
    which: Which,
    { part, line, reveal }: { readonly part: number; readonly line: number | null; readonly reveal: boolean },
  ): Promise<ViewedText> {
    const { text, facts, model: name, before } = await (await textsOf(device)).read(which);
    await turn();
    const model = findModel(name);
    const readable = readableOf(model, text);
    const parts = partsOf(readable.lines, ({ length }) => length);
    const binary = which === 'quarantine' ? null : await binaries.find(device, which);
    const wanted = line === null ? part : partOfLine(readable, parts, line);
    await turn();
    const [at, chosen] = chooseOf(parts, wanted);
    return {
      ...{ version: which, facts, hasBefore: before !== null, part: at, parts: parts.length },
      binaryBytes: binary?.bytes ?? null,
      lines: showPart(model, readable, chosen, { reveal }),
      blocks: blockStarts(readable, parts, MOST_BLOCKS),
    };
  }

  async function compareTexts(
    device: string,
    versions: { readonly a: number | undefined; readonly b: Which | undefined },
    { part, isUnordered }: { readonly part: number; readonly isUnordered: boolean },
  ): Promise<ViewedDiff> {
    const texts = await textsOf(device);
    const right = await texts.read(versions.b);
    const from = versions.a ?? right.before;
    if (from === null) throw noVersion(device, undefined);
    const left = await texts.read(from);
    const earlierFacts = left.facts;
    if (!('linesAdded' in earlierFacts)) throw new Error('the first text of a comparison is a version');
    await turn();
    const model = findModel(right.model);
    const comparison = await inTurns(compareInSteps(model, left.text, right.text));
    await turn();
    const lines = isUnordered ? comparison.lines.filter(({ isMoved }) => !isMoved) : comparison.lines;
    const rows = rowsAround(lines);
    const parts = partsOf(rows, lengthOfRow);
    const [at, chosen] = chooseOf(parts, part);
    const between = texts.versions.filter(
      ({ version }) => version > earlierFacts.version && isUpTo(version, right.version),
    );
    const named = [
      ...between.map(({ version, changedBy }) => ({ version, users: changedBy })),
      ...(right.version === 'quarantine' ? [{ version: right.version, users: right.facts.changedBy }] : []),
    ];
    return {
      ...{ a: earlierFacts.version, b: right.version, before: earlierFacts, after: right.facts },
      ...{ part: at, parts: parts.length, sums: sumsOf(comparison.lines) },
      rows: showRows(model, comparison, rows, chosen),
      changedBy: named.filter(({ users }) => users.length > 0),
    };
  }

  return {
    overview: async () => ({ newest: await book.newest(), quarantines: await book.quarantines() }),
    history,
    view: (...asked) => limiter.run(() => view(...asked)),
    compare: (...asked) => limiter.run(() => compareTexts(...asked)),
    async pieces(device, which) {
      const { text, model } = await (await textsOf(device)).read(which);
      return piecesInTurns(maskedPieces(findModel(model), text));
    },
    search: (text, options, most) =>
      limiter.run(async () => {
        const untilMs = clock.monotonicMs() + SEARCH_MS;
        const found = searchVersions(text, { ...options, reveal: false }, { book, findModel });
        return await takePart(found, { most, isTimeOver: () => clock.monotonicMs() > untilMs });
      }),
  };
}

function isUpTo(version: number, last: Which): boolean {
  return last === 'quarantine' || version <= last;
}

function chooseOf<Part>(parts: readonly [Part, ...Part[]], wanted: number): readonly [number, Part] {
  const at = Math.max(0, Math.min(wanted, parts.length - 1));
  return [at, parts[at] ?? parts[0]];
}

/** Between two pieces others have their turn. */
async function* piecesInTurns(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await turn();
  }
}
