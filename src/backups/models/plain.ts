import { judgeText } from '../judge.ts';
import type { ExportHead } from '../routeros/head.ts';
import { HIDDEN, hideInLines, hideShapes, type IsWanted } from '../secret-shapes.ts';
import { type ByteText, linesOf } from '../text.ts';
import type { DeviceModel, ModelCommand } from './model.ts';

/** What differs between devices whose configuration is lines of text in blocks by indentation. */
export interface PlainModel {
  readonly name: string;
  readonly commands: readonly ModelCommand[];
  /** Lines that change by themselves, by their beginnings. */
  readonly noise: readonly string[];
  /** What comes before a secret. Group 1 stays, the rest of the match is hidden. Linear on any text. */
  readonly secrets: readonly RegExp[];
  /** The name of the block that a line begins; `null`: it belongs to the one before. Default: each line that is not indented begins one. */
  readonly blockOf?: (line: ByteText) => string | null;
  readonly readVersion?: (text: ByteText) => string | null;
}

const MOST_BLOCK_NAME = 120;

/**
 * Words after which the rest of a line is hidden, wherever they stand, with the number that says how a secret is written. It hides
 * rather too much: what follows a secret goes with it, and so does a word that only looks like one.
 */
const AFTER_WORD =
  /(^|\s)((?:password|passwd|secret|key|key-string|server-key|authentication-key|message-digest-key \d{1,3} md5|md5|sha|community|authentication text|domain-password|area-password|2c)\s{1,4}(?:[05-9]\s{1,4})?)(?=\S).*$/i;

/** A device model out of its declaration. */
export function plainModel(model: PlainModel): DeviceModel {
  const { name, commands, noise, secrets, blockOf = flushLine, readVersion } = model;
  const isNoise = (line: ByteText) => line.trim() === '' || noise.some((beginning) => line.startsWith(beginning));
  const maskLine = (line: ByteText) =>
    secrets
      .reduce((text, pattern) => text.replace(pattern, (_, before: string) => before + HIDDEN), hideShapes(line))
      .replace(AFTER_WORD, (_, blank: string, word: string) => blank + word + HIDDEN);
  const maskLines = (lines: readonly ByteText[], isWanted?: IsWanted) => hideInLines(lines, maskLine, isWanted);
  const versionOf = readVersion ?? (() => null);
  return {
    name,
    versionCommand: null,
    readVersion: () => null,
    commands: () => commands,
    historyCommand: null,
    readHead: (text) => ({ ...NOTHING_KNOWN, version: versionOf(text.slice(0, 10_000)) }),
    normalLines: (text) => linesOf(text).filter((line) => !isNoise(line)),
    isSurelySame: (one, other) => one === other,
    readableLines: (text) => linesOf(text).map((line, index) => ({ text: line, line: index + 1 })),
    blocksOf: (lines) => blocksOf(lines, blockOf, maskLine),
    maskLines,
    adviseFirst: () => null,
    failedParts: () => [],
    isCutShort: (text) => linesOf(text).every(isNoise),
    judge: (now, before) => judgeText(now, before, maskLines),
  };
}

const NOTHING_KNOWN: ExportHead = { version: null, softwareId: null, model: null, serial: null, clockMs: null };

function flushLine(line: ByteText): string | null {
  return /^[\s!}]/.test(line) ? null : line;
}

/** Names of blocks are shown and mailed, so no secret may be in them. */
function blocksOf(
  lines: readonly ByteText[],
  blockOf: (line: ByteText) => string | null,
  maskLine: (line: ByteText) => ByteText,
): readonly ByteText[] {
  let block = '';
  return lines.map((line) => {
    const begun = blockOf(line);
    if (begun !== null) block = maskLine(begun).slice(0, MOST_BLOCK_NAME);
    return block;
  });
}

/** For shells: the command, and after it the line that proves the end. A command that fails has no such line. */
export function shellCommand(command: string): ModelCommand {
  return { command: (nonce) => `${command} && echo ns-end-${nonce}`, end: 'nonce' };
}
