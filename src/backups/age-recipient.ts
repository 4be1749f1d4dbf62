const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const PREFIX = 'age';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Whether a text is a public key of age for X25519: `age1` and 58 characters, with a right checksum (Bech32, BIP 173). */
export function isAgeRecipient(text: string): boolean {
  if (!new RegExp(`^${PREFIX}1[${CHARSET}]{58}$`).test(text)) return false;
  const data = [...text.slice(PREFIX.length + 1)].map((sign) => CHARSET.indexOf(sign));
  const codes = [...PREFIX].map((sign) => sign.charCodeAt(0));
  return polymod([...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...data]) === 1;
}

/** Whether a text looks like a private key of age, which belongs nowhere near the worker. */
export function isAgeIdentity(text: string): boolean {
  return /^age-secret-key-/i.test(text.trim());
}

/** BIP 173, "Checksum". */
function polymod(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const mixed = ((sum & 0x1ffffff) << 5) ^ value;
    return GENERATOR.reduce((mix, part, bit) => ((sum >> (25 + bit)) & 1 ? mix ^ part : mix), mixed);
  }, 1);
}
