import { z } from 'zod';
import { type ConfigContext, line, port, secretText } from '../../platform/config/fields.ts';
import { hostKey, privateKey } from '../../platform/config/ssh-login.ts';
import { SSH_PORT } from '../inventory-devices.ts';

/** How the shell of a device is reached and entered. */
export function sshLogin(context: ConfigContext) {
  return z.strictObject({
    port: port.default(SSH_PORT),
    username: line,
    password: secretText(context).exactOptional(),
    privateKey: privateKey(context).exactOptional(),
    passphrase: secretText(context).exactOptional(),
    hostKey: hostKey.exactOptional(),
    legacy: z.boolean().default(false),
  });
}
