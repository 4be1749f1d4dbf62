/** As many of the last checks count, and so many changes among them begin and end it; two limits, so that it does not flap itself. */
const CHECKS = 21;
const CHANGES_TO_BEGIN = 5;
const CHANGES_TO_END = 1;

/** The last checks with one more, `u` (up) or `d` (down). */
export function withCheck(checks: string, isDown: boolean): string {
  return `${checks}${isDown ? 'd' : 'u'}`.slice(-CHECKS);
}

/** Whether a device flaps after these checks, given whether it did before. */
export function flaps(checks: string, before: boolean): boolean {
  const changes = changesIn(checks);
  return before ? changes > CHANGES_TO_END : changes >= CHANGES_TO_BEGIN;
}

function changesIn(checks: string): number {
  let changes = 0;
  for (let index = 1; index < checks.length; index += 1) if (checks[index] !== checks[index - 1]) changes += 1;
  return changes;
}
