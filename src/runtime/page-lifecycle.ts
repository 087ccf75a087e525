/** The part of a page's or a web worker's global that its end is seen by. */
export interface PageGlobal {
  readonly document?: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'> | undefined;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
}

/**
 * Calls `flush` when the page may be gone a moment later: first when it is hidden, the last event that is sure to come, then at `pagehide`
 * (which fires on the window only). Neither keeps a page out of the back/forward cache. Returns what stops it.
 */
export function onPageHidden(page: PageGlobal, flush: (isGone: boolean) => void): () => void {
  const { document } = page;
  const onVisibility = (): void => {
    if (document?.visibilityState === 'hidden') flush(false);
  };
  const onPageHide = (event: Event): void => flush(!(event as PageTransitionEvent).persisted);
  document?.addEventListener('visibilitychange', onVisibility);
  page.addEventListener('pagehide', onPageHide);
  return () => {
    document?.removeEventListener('visibilitychange', onVisibility);
    page.removeEventListener('pagehide', onPageHide);
  };
}
