/** What of the outbox the stores of others may join to, by a mail's id: how it stands. All else in it is its own. */
export type MailStates = {
  mails: {
    id: string;
    /** `pending`, `claimed`, `sent` or `failed`. */
    state: string;
    sent_at: bigint | null;
    attempts: bigint;
  };
};
