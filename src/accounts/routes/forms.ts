import { type Found, sentence } from '../../platform/http/forms.ts';
import { TroubleError } from '../../runtime/errors.ts';

/** Which field a trouble belongs to. */
const FIELD_OF: Readonly<Record<string, string>> = {
  ACCOUNT_NAME_TAKEN: 'name',
  ACCOUNT_LAST_ADMIN: 'form',
  ACCOUNT_UNKNOWN: 'form',
  ACCOUNT_TOKEN_UNKNOWN: 'form',
  ACCOUNT_ROLE_TOO_LARGE: 'role',
};

/** Does the work, or says what stands in its way; what is no matter of the form is thrown on. */
export async function tryWork(work: () => Promise<unknown>): Promise<Found | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const field = error instanceof TroubleError ? FIELD_OF[error.code] : undefined;
    if (!(error instanceof TroubleError) || field === undefined) throw error;
    return { [field]: `${sentence(error.message)} ${error.advice}` };
  }
}
