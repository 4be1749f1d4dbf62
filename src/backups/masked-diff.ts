import { type DiffLine, diffInSteps } from './diff.ts';
import type { DeviceModel } from './models/model.ts';
import { hideShapes } from './secret-shapes.ts';
import type { Steps } from './steps.ts';
import { type ByteText, shownLine } from './text.ts';

/** The normal forms of two texts, with what leads from one to the other. Secrets are not hidden: a new password is a change. */
export interface Comparison {
  readonly before: readonly ByteText[];
  readonly after: readonly ByteText[];
  readonly lines: readonly DiffLine[];
}

export function* compareInSteps(model: DeviceModel, before: ByteText, after: ByteText): Steps<Comparison> {
  const left = model.normalLines(before);
  yield;
  const right = model.normalLines(after);
  yield;
  return yield* compareLines(model, left, right);
}

/** The same of normal forms. */
export function* compareLines(
  model: DeviceModel,
  before: readonly ByteText[],
  after: readonly ByteText[],
): Steps<Comparison> {
  const text = (lines: readonly ByteText[]) => ({ lines, menus: model.blocksOf(lines) });
  return { before, after, lines: yield* diffInSteps(text(before), text(after)) };
}

/** Some lines of a comparison with secrets hidden, as people read them. */
export function maskDiff(
  model: DeviceModel,
  { before, after }: Pick<Comparison, 'before' | 'after'>,
  lines: readonly DiffLine[],
): readonly DiffLine[] {
  const wantedBefore = new Set(lines.map((each) => (each.after === null ? each.before : null)));
  const wantedAfter = new Set(lines.map((each) => each.after));
  const maskedBefore = model.maskLines(before, (index) => wantedBefore.has(index));
  const maskedAfter = model.maskLines(after, (index) => wantedAfter.has(index));
  return lines.map((each) => ({
    ...each,
    menu: shownLine(hideShapes(each.menu)),
    line: shownLine((each.after === null ? maskedBefore[each.before ?? -1] : maskedAfter[each.after]) ?? ''),
  }));
}
