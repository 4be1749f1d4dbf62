import ssh2, { type SFTPWrapper } from 'ssh2';
import type { RouterFiles } from './router-files.ts';
import type { SshFaults } from './ssh-router.ts';

const { STATUS_CODE } = ssh2.utils.sftp;

/** SFTP as far as a router is read by it. `faults`: what becomes of a file on its way; `drop` breaks the connection. */
export function offerFiles(
  sftp: SFTPWrapper,
  files: Pick<RouterFiles, 'read'>,
  faults: () => SshFaults | null,
  drop: () => void,
): void {
  const open = new Map<string, Buffer>();
  sftp.on('OPEN', (request, name) => {
    const bytes = files.read(name);
    if (bytes === null) return sftp.status(request, STATUS_CODE.NO_SUCH_FILE);
    const handle = String(open.size + 1);
    open.set(handle, bytes);
    sftp.handle(request, Buffer.from(handle));
  });
  sftp.on('READ', (request, handle, offset, length) => {
    const bytes = open.get(handle.toString());
    if (bytes === undefined) return sftp.status(request, STATUS_CODE.FAILURE);
    const wire = faults();
    const end = wire === null ? bytes.length : Math.min(wire.bytes, bytes.length);
    if (offset < end) return sftp.data(request, bytes.subarray(offset, Math.min(offset + length, end)));
    if (wire?.end === 'stall') return;
    if (wire?.end === 'drop') return drop();
    sftp.status(request, STATUS_CODE.EOF);
  });
  sftp.on('CLOSE', (request) => sftp.status(request, STATUS_CODE.OK));
}
