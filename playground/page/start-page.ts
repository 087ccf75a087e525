import '../../src/viewer/page/page.css';
import { trace } from '@opentelemetry/api';
import { register, type TracingOptions, webInstrumentations } from 'edgespan/browser';
import { mountViewer } from '../../src/viewer/page/mount.tsx';
import type { PlayScene, PlayTier } from '../../src/viewer/page/play-scene.ts';
import { groups, scenes } from './scenes.ts';

// Put in by the build: the source of each scene, so that what is shown is what runs.
declare const SCENE_SOURCES: Record<string, string>;

/** Registers tracing, as any page would, and draws the playground. */
export function startPage(options: Pick<TracingOptions, 'contextManager'>): void {
  let lastRoot = '';
  const tracing = register({
    service: 'shop-web',
    env: 'playground',
    version: '1.4.0',
    instrumentations: webInstrumentations({ ignoreUrls: [/\/(viewer|tiers)/] }),
    batch: { scheduledDelayMillis: 1000 },
    spanProcessors: [
      {
        onStart(span, parent) {
          if (!trace.getSpan(parent)) lastRoot = span.spanContext().traceId;
        },
        onEnd() {},
      },
    ],
    ...options,
  });

  const play = groups.flatMap(({ group, ids }) =>
    ids.map(
      ([id, title]): PlayScene => ({
        group,
        id,
        title,
        code: SCENE_SOURCES[id] ?? '',
        async run() {
          lastRoot = '';
          try {
            await scenes[id]?.();
          } finally {
            await tracing.forceFlush({ timeoutMillis: 3000 });
          }
          return lastRoot ? { traceId: lastRoot } : undefined;
        },
      }),
    ),
  );

  const element = document.getElementById('app');
  if (!element) return;
  if (!location.hash) location.hash = '#/play';
  const viewer = mountViewer(element, { apiBase: '/viewer', intakeUrl: `${location.origin}/t`, play });
  void showTiers(viewer.setTiers);
  // For what drives the page from outside: runs a scene by its id.
  Object.assign(globalThis, {
    runScene: (id: string) => play.find((scene) => scene.id === id)?.run(),
    tracingStats: tracing.stats,
  });
}

async function showTiers(show: (tiers: readonly PlayTier[]) => void): Promise<void> {
  const page: PlayTier = { title: 'Page', detail: browserName(), runtime: 'browser', state: 'ready' };
  show([page]);
  for (let tries = 0; tries < 60; tries++) {
    const answer = await fetch('/tiers').catch(() => undefined);
    const others = answer?.ok ? ((await answer.json()) as PlayTier[]) : [];
    show([page, ...others]);
    if (others.length > 0 && others.every((tier) => tier.state === 'ready')) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function browserName(): string {
  const [, name, version] = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent) ?? [];
  return name === undefined ? 'browser' : `${{ Version: 'WebKit', Edg: 'Edge' }[name] ?? name} ${version}`;
}
