/** What every page shows around its own content. */
export interface Frame {
  readonly title: string;
  readonly nav: 'today' | 'alerts' | 'routers' | null;
}
