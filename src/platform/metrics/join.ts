import type { MetricsSource } from './metrics.ts';

/** Several sources as one. */
export function joinSources(sources: readonly MetricsSource[]): MetricsSource {
  return {
    refresh() {
      for (const source of sources) source.refresh?.();
    },
    async ask() {
      const shows = await Promise.all(sources.map((source) => source.ask?.()));
      return () => {
        for (const show of shows) show?.();
      };
    },
    forget() {
      for (const source of sources) source.forget?.();
    },
  };
}
