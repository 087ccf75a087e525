import { useEffect, useState } from 'preact/hooks';

/** Up to this width rows have two lines: the same number stands in the style sheet. */
export const narrowQuery = '(max-width: 820px)';

/** Whether a media query holds; draws again when that changes. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = (): void => setHolds(list.matches);
    list.addEventListener('change', onChange);
    return () => list.removeEventListener('change', onChange);
  }, [query]);
  return holds;
}
