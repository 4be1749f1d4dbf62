import type { Row } from './menu.ts';
import { formatUptime } from './router-uptime.ts';

/** A PPPoE or hotspot user who is connected, and the dynamic queue that was made for them. */
export interface Session {
  readonly id: string;
  readonly service: 'pppoe' | 'hotspot';
  readonly user: string;
  readonly queue: string;
  /** The queue's target: the session's interface, or the hotspot client's address. */
  readonly target: string;
  readonly sinceMonotonicMs: number;
}

/** Rows of `/interface/pppoe-server` or `/ip/hotspot/active`. */
export function sessionRows(sessions: readonly Session[], service: Session['service'], nowMonotonicMs: number): Row[] {
  return sessions
    .filter((session) => session.service === service)
    .map((session) => {
      const uptime = formatUptime(nowMonotonicMs - session.sinceMonotonicMs);
      return service === 'pppoe' ? pppoeRow(session, uptime) : hotspotRow(session, uptime);
    });
}

function pppoeRow(session: Session, uptime: string): Row {
  return {
    '.id': session.id,
    name: session.queue,
    user: session.user,
    service: 'service1',
    'remote-address': '02:00:5E:10:00:01',
    mtu: '1480',
    mru: '1480',
    encoding: '',
    uptime,
    dynamic: 'true',
    running: 'true',
    disabled: 'false',
  };
}

function hotspotRow(session: Session, uptime: string): Row {
  return {
    '.id': session.id,
    server: 'hotspot1',
    user: session.user,
    address: session.target.replace('/32', ''),
    'mac-address': '02:00:5E:10:00:02',
    'login-by': 'http-chap',
    uptime,
    radius: 'false',
  };
}
