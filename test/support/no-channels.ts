import type { ChannelDesk } from '../../src/notices/ports.ts';

/** The desk of a configuration without mail and channels. */
export const noChannels: ChannelDesk = { entries: [], examine: async () => null, test: async () => [] };
