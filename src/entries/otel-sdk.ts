export { fromSpanExporter, fromSpanProcessor, type SdkSpanExporter, type SdkSpanProcessor } from '../export/otel-sdk.ts';
