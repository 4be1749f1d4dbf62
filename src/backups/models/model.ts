import type { Fault, JudgedText } from '../judge.ts';
import type { ExportHead } from '../routeros/head.ts';
import type { IsWanted } from '../secret-shapes.ts';
import type { Steps } from '../steps.ts';
import type { ByteText } from '../text.ts';

/** One command, and how it shows that its output is whole. */
export interface ModelCommand {
  /** What is run; with a nonce for those that prove their end by it. */
  command(nonce: string): string;
  /** `nonce`: the last line is `ns-end-<nonce>`. Otherwise: the last line that is not empty says this and nothing else, and is ended. */
  readonly end: 'nonce' | { readonly lastLine: string };
}

/** A line as people read it. */
export interface ReadableLine {
  readonly text: ByteText;
  /** Number of its first physical line, from 1. */
  readonly line: number;
}

/** What is particular to one kind of device. A small declaration: one file each. */
export interface DeviceModel {
  readonly name: string;
  /** Run first, where the commands depend on the answer; `null`: they do not. */
  readonly versionCommand: string | null;
  /** The version in the answer; `null` where there is none: the answer is an error text. */
  readVersion(answer: ByteText): string | null;
  /** What gives the configuration. The outputs are put together in this order. */
  commands(version: string | null): readonly ModelCommand[];
  /** What lists the last actions of users; `null`: nothing does. */
  readonly historyCommand: string | null;
  readHead(text: ByteText): ExportHead;
  /** The normal form: what counts when two texts are compared. */
  normalLines(text: ByteText): readonly ByteText[];
  /** Whether two texts have the same normal form, where that shows at once: most nights nothing changed. `false`: it has to be looked at. */
  isSurelySame(one: ByteText, other: ByteText): boolean;
  /** All lines as people read them: comments stay, wraps are joined. */
  readableLines(text: ByteText): readonly ReadableLine[];
  /** The block that each line belongs to. */
  blocksOf(lines: readonly ByteText[]): readonly ByteText[];
  /** The lines with `***` in place of secrets; one line stays one line. Those that are not wanted are `***`; without `isWanted` all are. */
  maskLines(lines: readonly ByteText[], isWanted?: IsWanted): readonly ByteText[];
  /** What to look at when this is the first text of a device; `null`: nothing. */
  adviseFirst(text: ByteText, lines: readonly ByteText[]): string | null;
  /** Parts that the device could not give, as the text says. */
  failedParts(text: ByteText): readonly string[];
  /** Whether the text ends before its time by its own words. */
  isCutShort(text: ByteText): boolean;
  judge(now: JudgedText, before: JudgedText | null, accepted: ReadonlySet<string>): Steps<readonly Fault[]>;
}
