/** A table of ours, as far as who goes through all tables has to know it. */
export interface OwnTable {
  readonly name: string;
  /** `true`: it is about this one database, or must not come again with a copy from before. Default: false. */
  readonly staysHere?: boolean;
  /** `true`: foreign keys of other tables lead to it; it is listed after those that its own keys lead to. Default: false. */
  readonly isParent?: boolean;
  /** `true`: a row may have megabytes. Default: false. */
  readonly hasLongRows?: boolean;
  /** `true`: whenever the worker does anything, this table or another one marked so changes. Default: false. */
  readonly showsWork?: boolean;
}
