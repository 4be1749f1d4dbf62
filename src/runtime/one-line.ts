/** What is wrong with a text that is not one. */
export const NOT_ONE_LINE = 'must be one line without control characters';

/** Whether a text is one line that a database gives back as it was: halves of characters come back as others. */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}
