import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Resolves a CSS colour, such as `var(--err)`, to one that a canvas takes. */
export type ResolveColour = (css: string) => string;
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, colour: ResolveColour) => void;

/** A canvas that fills its parent and is drawn anew whenever its size, theme, pixel ratio or `draw` changes. */
export function CanvasBox({ draw, theme }: { draw: Draw; theme: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const paint = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      const context = element.getContext('2d');
      if (!context || width === 0) return;
      element.width = Math.round(width * devicePixelRatio);
      element.height = Math.round(height * devicePixelRatio);
      context.scale(devicePixelRatio, devicePixelRatio);
      draw(context, width, height, createResolver(element));
    };
    const sizes = new ResizeObserver(paint);
    sizes.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', paint);
    return () => {
      sizes.disconnect();
      dark.removeEventListener('change', paint);
    };
  }, [draw, theme]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

function createResolver(element: HTMLElement): ResolveColour {
  const known = new Map<string, string>();
  return (css) => {
    let colour = known.get(css);
    if (colour === undefined) {
      element.style.color = css;
      colour = getComputedStyle(element).color;
      known.set(css, colour);
    }
    return colour;
  };
}
