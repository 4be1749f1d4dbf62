/** Thrown to roll a transaction back when another worker was quicker; never leaves the store. */
export class AlreadyThere extends Error {}

/** `true` when `work` was committed, `false` when it found that another worker had been quicker. */
export async function unlessAlreadyThere(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof AlreadyThere) return false;
    throw error;
  }
}
