/** What the server says to a request, as a number of the protocol (draft-ietf-secsh-filexfer-02, 7). */
export class SftpError extends Error {
  /** `null`: there is no answer, the connection is lost. */
  readonly status: number | null;

  constructor(status: number | null) {
    // The text of the server is not kept.
    super(status === null ? 'the connection was lost' : `SFTP status ${status}`);
    this.name = 'SftpError';
    this.status = status;
  }
}

export const NO_SUCH_FILE = 2;
export const PERMISSION_DENIED = 3;
