/** MySQL would silently round a fraction, and a retry would then not recognise its own stamp. */
export function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return value;
}
