import type { SpanKind } from '@opentelemetry/api';
import type { Attributes } from '../trace/span-data.ts';
import { attributeText } from './attribute-text.ts';
import { normalName } from './normalize.ts';

/** `span.kind` by the API's number. */
export const kindNames: readonly string[] = ['internal', 'server', 'client', 'producer', 'consumer'];

export function kindName(kind: SpanKind): string {
  return kindNames[kind] ?? 'internal';
}

/**
 * Datadog's operation name by the first rule that matches, lower-case, made at the end of a span as attributes set late count.
 * @see https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_otel_span_methods.py test_otel_span_operation_name
 * @see https://github.com/DataDog/dd-trace-go/blob/main/ddtrace/opentelemetry/span.go createOperationName
 */
export function operationName(kind: SpanKind, attributes: Attributes): string {
  const text = (key: string): string => attributeText(attributes, key);
  const isClient = kind === 2;
  const side = isClient ? 'client' : kind === 1 ? 'server' : '';
  const two = (key: string, other: string, end = ''): string => {
    const first = text(key);
    const second = text(other);
    return first && second && `${first}.${second}${end}`;
  };
  const dotted = (key: string, end: string): string => text(key) && `${text(key)}.${end}`;
  const name =
    text('operation.name') ||
    (side && (text('http.request.method') || text('http.method')) && `http.${side}.request`) ||
    (isClient && dotted('db.system', 'query')) ||
    (kind && two('messaging.system', 'messaging.operation')) ||
    (isClient && text('rpc.system') === 'aws-api' && `aws.${text('rpc.service') || 'client'}.request`) ||
    (side && dotted('rpc.system', `${side}.request`)) ||
    (isClient && two('faas.invoked_provider', 'faas.invoked_name', '.invoke')) ||
    (kind === 1 && dotted('faas.trigger', 'invoke')) ||
    (text('graphql.operation.type') && 'graphql.server.request') ||
    (side && (dotted('network.protocol.name', `${side}.request`) || `${side}.request`)) ||
    kindName(kind);
  return normalName(name.toLowerCase());
}
