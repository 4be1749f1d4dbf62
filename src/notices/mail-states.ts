/** The columns of the outbox that other stores may join to by a mail's id. All others are private to the outbox. */
export type MailStates = {
  mails: {
    id: string;
    /** `pending`, `claimed`, `sent` or `failed`. */
    state: string;
    sent_at: bigint | null;
    attempts: bigint;
  };
};
