// All doors for applications that check their libraries too, with the DOM's types alone and an older language: without a bundler's, a host's or
// `Symbol.dispose`.
import type { Context } from '@opentelemetry/api';
import { asyncContext as esbuildPlugin } from 'edgespan/esbuild';
import { type AttachedContext, saveRestoreContextManager } from 'edgespan/save-restore';
import { asyncContext as vitePlugin } from 'edgespan/vite';

export type * as neutral from 'edgespan';
export type * as browser from 'edgespan/browser';
export type * as deno from 'edgespan/deno';
export type * as gzip from 'edgespan/gzip';
export type * as node from 'edgespan/node';
export type * as otelSdk from 'edgespan/otel-sdk';
export type * as proxy from 'edgespan/proxy';
export type * as worker from 'edgespan/proxy/worker';
export type * as viewer from 'edgespan/viewer';
export type * as workers from 'edgespan/workers';
export type * as zone from 'edgespan/zone';

vitePlugin({ include: ['**/*.ts', /src/] }) satisfies object;
esbuildPlugin({ mode: 'lower', exclude: /vendor/ }).name satisfies string;

export function attach(context: Context): void {
  const token: AttachedContext = saveRestoreContextManager().attach(context);
  token.dispose();
}
