/** Encrypts for public keys of age (age-encryption.org/v1); the package is loaded with the first text. */
export function createEncrypt(recipients: readonly string[]): (text: Buffer) => Promise<Buffer> {
  return async (text) => {
    // A file for nobody could be read by nobody.
    if (recipients.length === 0) throw new Error('there is no recipient');
    const { Encrypter } = await import('age-encryption');
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return Buffer.from(await encrypter.encrypt(new Uint8Array(text)));
  };
}
