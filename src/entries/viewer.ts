/** `edgespan/viewer`: a trace viewer for the desk, intake and page behind one `fetch` handler. */
export { createTraceViewer, type TraceViewer, type TraceViewerOptions } from '../viewer/handler.ts';
export type { NanoRange, TraceNode } from '../viewer/trace-node.ts';
export { buildTraceTree, type TraceTree } from '../viewer/trace-tree.ts';
export type { ViewerClient, ViewerEvent, ViewerLink, ViewerSpan, ViewerTrace, ViewerValue } from '../viewer/viewer-span.ts';
