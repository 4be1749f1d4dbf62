/** What a router says of itself at one instant. `null`: it does not say, or it cannot be understood. */
export interface Resource {
  readonly version: string;
  readonly board: string;
  readonly uptimeSeconds: number | null;
  /** 0 to 1. */
  readonly cpuRatio: number | null;
  /** 0 to 1. */
  readonly memoryUsedRatio: number | null;
}

/** Shows how a router is; `null`: it is not known now. */
export type ShowResource = (router: string, resource: Resource | null) => void;
