import { changesOf } from './diff.ts';
import type { FetchedText } from './fetch-text.ts';
import { isSame, type JudgedText } from './judge.ts';
import { compareLines } from './masked-diff.ts';
import type { DeviceModel } from './models/model.ts';
import { changedBy, type Sight } from './routeros/history.ts';
import type { Steps } from './steps.ts';
import type { ByteText } from './text.ts';
import type { Decision, KeptText, Known } from './versions.ts';

/** What becomes of a text that came whole. */
export function* decide(model: DeviceModel, fetched: FetchedText, known: Known): Steps<Decision> {
  const text = keptText(model, fetched, known.sight);
  const lines = model.normalLines(fetched.text);
  yield;
  const before = known.newest === null ? null : judgedText(model, known.newest.text, { text: fetched.text, lines });
  yield;
  // A text is judged before it is compared: one that says the same may still be of another router.
  const [fault] = yield* model.judge({ text: fetched.text, lines }, before, known.accepted);
  if (fault !== undefined) return { kind: 'quarantine', text, ...fault };
  // The newest one is damaged: a good text is stored whole, also where it says what an older version says.
  if (before !== null && known.damaged === null && isSame(before.lines, lines))
    return { kind: 'unchanged', sight: text.sight };
  return {
    kind: 'version',
    text,
    ...(yield* changeOf(model, lines, before?.lines ?? [], text, known)),
    isImported: false,
    accept: [],
  };
}

function judgedText(model: DeviceModel, text: ByteText, other: JudgedText): JudgedText {
  return { text, lines: model.isSurelySame(text, other.text) ? other.lines : model.normalLines(text) };
}

/** What is kept of a text besides it. */
export function keptText(
  model: DeviceModel,
  { text, bytes, version, at, actions }: FetchedText,
  before: Sight | null,
): KeptText {
  const head = model.readHead(text);
  const sight: Sight = { at, clockMs: head.clockMs };
  return {
    ...{
      text,
      model: model.name,
      bytes,
      osVersion: head.version ?? version,
      hardware: head.model,
      serial: head.serial,
    },
    ...{ changedBy: before === null ? [] : changedBy(actions, before, sight), sight },
  };
}

/** How a text differs from the newest one. */
export function* changeOf(
  model: DeviceModel,
  lines: readonly ByteText[],
  before: readonly ByteText[],
  { osVersion }: Pick<KeptText, 'osVersion'>,
  { newest }: Pick<Known, 'newest'>,
): Steps<Pick<Extract<Decision, { kind: 'version' }>, 'comparison' | 'linesAdded' | 'linesRemoved' | 'isRewritten'>> {
  // Nobody is told which lines of a first version are new.
  if (newest === null) return { comparison: null, linesAdded: lines.length, linesRemoved: 0, isRewritten: false };
  const comparison = yield* compareLines(model, before, lines);
  const changes = changesOf(comparison.lines);
  const count = (sign: string) => changes.filter((each) => each.sign === sign).length;
  return {
    comparison,
    linesAdded: count('+'),
    linesRemoved: count('-'),
    isRewritten: newest.version.osVersion !== osVersion,
  };
}
