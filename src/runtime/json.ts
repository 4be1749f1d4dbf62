import { replaceUnsafe } from './clean-text.ts';

declare global {
  interface JSON {
    /** Built into Node; TypeScript's library does not know it yet. */
    rawJSON(text: string): object;
  }
}

/** A JSON array, one entry a line. Bytes (bigint) are exact integers, also beyond 2^53. */
export function toJson(entries: readonly object[]): string {
  const lines = entries.map((entry) => `  ${entryText(entry)}`);
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

/** The text of `toJson` for all entries of all batches, in pieces: one for each batch that is not empty. */
export async function* toJsonPieces(batches: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const entries of batches) {
    if (entries.length === 0) continue;
    yield before + entries.map((entry) => `  ${entryText(entry)}`).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** One JSON object on a line, as exact as the entries of an array. */
export function toJsonObject(entry: object): string {
  return `${entryText(entry)}\n`;
}

function entryText(entry: object): string {
  // JSON allows characters that disturb a terminal or are invisible; escaping them loses nothing.
  return replaceUnsafe(JSON.stringify(entry, exactIntegers), escapeCharacter);
}

function exactIntegers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(value.toString()) : value;
}

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
