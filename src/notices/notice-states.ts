/** The columns of the outbox that other stores may join to by a notice's id. All others are private to the outbox. */
export type NoticeStates = {
  notices: {
    id: string;
    /** `pending`, `claimed`, `sent` or `failed`. */
    state: string;
    sent_at: bigint | null;
    attempts: bigint;
  };
};
