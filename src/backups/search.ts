import type { FindModel } from './models/find.ts';
import { shownLine, typedText } from './text.ts';
import type { BackupBook } from './versions.ts';
import { shownMenu } from './view.ts';

export interface SearchHit {
  readonly device: string;
  readonly version: number;
  /** Number of the physical line in the stored text, from 1. */
  readonly line: number;
  readonly menu: string;
  readonly text: string;
}

/** Up to where was searched: after this line of this version; without a line after the whole version. */
export interface SearchPlace {
  readonly device: string;
  readonly version: number;
  readonly line: number | null;
}

export interface SearchOptions {
  /** In all versions; otherwise in the newest of each device. */
  readonly isInHistory: boolean;
  readonly reveal: boolean;
  readonly after?: SearchPlace | undefined;
}

export interface SearchDeps {
  readonly book: Pick<BackupBook, 'versions' | 'newest' | 'text'>;
  readonly findModel: FindModel;
}

/** What is found in one version. */
export interface SearchedVersion {
  readonly device: string;
  readonly version: number;
  readonly hits: Iterable<SearchHit>;
}

/**
 * Looks for a text, version by version, by device and number; upper and lower case are the same. It is looked for in what is shown: a
 * hidden secret is not found. A version that was deleted meanwhile is left out.
 */
export async function* searchVersions(
  wanted: string,
  { isInHistory, reveal, after }: SearchOptions,
  { book, findModel }: SearchDeps,
): AsyncGenerator<SearchedVersion> {
  const text = typedText(wanted).toLowerCase();
  for (const { device, version, model } of isInHistory ? await book.versions() : await book.newest()) {
    const isPlace = after?.device === device && after.version === version;
    if (after !== undefined && (isPlace ? after.line === null : isBefore({ device, version }, after))) continue;
    const stored = await book.text(device, version);
    if (stored === null) continue;
    const from = isPlace ? (after.line ?? 0) : 0;
    yield { device, version, hits: hitsIn(stored, { device, version, text, from, reveal }, findModel(model)) };
  }
}

function isBefore(one: Pick<SearchPlace, 'device' | 'version'>, other: SearchPlace): boolean {
  // As the database sorts names: by their bytes.
  const order = Buffer.compare(Buffer.from(one.device), Buffer.from(other.device));
  return order === 0 ? one.version < other.version : order < 0;
}

/** Secrets are hidden in so many lines at once. */
const LINES_AT_ONCE = 200;

function* hitsIn(
  stored: string,
  asked: { readonly device: string; readonly version: number; text: string; from: number; reveal: boolean },
  model: ReturnType<FindModel>,
): Generator<SearchHit> {
  const { device, version, text, from, reveal } = asked;
  const readable = model.readableLines(stored);
  const lines = readable.map((each) => each.text);
  // What is hidden becomes ***; all else that is shown is in the line itself.
  const mayFit = (line: string) => text.includes('*') || line.toLowerCase().includes(text);
  const places = [...lines.keys()].filter((at) => (readable[at]?.line ?? 0) > from && mayFit(lines[at] ?? ''));
  if (places.length === 0) return;
  const menus = model.blocksOf(lines);
  for (let start = 0; start < places.length; start += LINES_AT_ONCE) {
    const some = new Set(places.slice(start, start + LINES_AT_ONCE));
    const shown = reveal ? lines : model.maskLines(lines, (at) => some.has(at));
    for (const at of some) {
      const line = shown[at] ?? '';
      if (!line.toLowerCase().includes(text)) continue;
      yield { device, version, line: readable[at]?.line ?? 0, menu: shownMenu(menus[at] ?? ''), text: shownLine(line) };
    }
  }
}

/** A part of what is found, as much as a page or an answer takes. */
export interface FoundPart {
  readonly hits: readonly SearchHit[];
  /** Where to go on; `null`: that is all. */
  readonly next: SearchPlace | null;
}

/** Hits up to a number, or what was found when the time was over. `isTimeOver` is asked after each version. */
export async function takePart(
  found: AsyncIterable<SearchedVersion>,
  { most, isTimeOver }: { readonly most: number; readonly isTimeOver: () => boolean },
): Promise<FoundPart> {
  const hits: SearchHit[] = [];
  let last: SearchPlace | null = null;
  for await (const { device, version, hits: own } of found) {
    if (last !== null && isTimeOver()) return { hits, next: last };
    for (const hit of own) {
      // One more is there: what comes next begins with it.
      if (hits.length >= most) return { hits, next: last };
      hits.push(hit);
      last = { device, version, line: hit.line };
    }
    last = { device, version, line: null };
  }
  return { hits, next: null };
}
