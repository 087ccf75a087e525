// The doors for a build, in the places where their plugins go.
import { asyncContext as esbuildPlugin } from 'edgespan/esbuild';
import { asyncContext as vitePlugin } from 'edgespan/vite';
import type { BuildOptions } from 'esbuild';
import type { UserConfig } from 'vite';

export const vite: UserConfig = { plugins: [vitePlugin({ include: [/src/] })] };
export const esbuild: BuildOptions = { plugins: [esbuildPlugin({ exclude: [/vendor/] })] };
