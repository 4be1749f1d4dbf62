import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { loadConfig } from '../src/settings.ts';

it('config.librenms.example.ts is usable with the two secrets of docker-compose.yml', async () => {
  const config = await loadConfig(join(import.meta.dirname, '../config.librenms.example.ts'), {
    DATABASE_URL: 'mysql://netsentinel:secret@librenms_db:3306/netsentinel',
    ROUTER_PASSWORD: 'secret',
  });
  assert.equal(config.mail?.smtp.host, 'librenms_msmtpd');
  // The relay has neither a login nor TLS.
  assert.equal(config.mail?.smtp.tls.required, false);
});
