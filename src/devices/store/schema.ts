/** The tables as in `013-devices.sql`, where the columns are described. */
export interface DevicesTable {
  id: string;
  name: string;
  version: bigint;
  host: string;
  model: string;
  api_port: bigint | null;
  api_tls: string;
  api_credential: string | null;
  ssh_port: bigint | null;
  ssh_credential: string | null;
  terminal_credential: string | null;
  parent: string | null;
  tags: string;
  counts_usage: bigint;
  has_backups: bigint;
  is_paused: bigint;
  changed_at: bigint;
}

export interface CredentialsTable {
  id: string;
  name: string | null;
  device_id: string | null;
  version: bigint;
  username: string;
  key_id: string;
  password: string | null;
  private_key: string | null;
  passphrase: string | null;
  changed_at: bigint;
}

export type InventoryTables = {
  inventory: { id: bigint; revision: bigint; last_change: string };
  devices: DevicesTable;
  credentials: CredentialsTable;
};
