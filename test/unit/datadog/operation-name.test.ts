import { expect, test } from 'vitest';
import { operationName } from '../../../src/datadog/operation-name.ts';

const [internal, server, client, producer, consumer] = [0, 1, 2, 3, 4] as const;

test.each([
  [internal, { 'operation.name': 'Custom.Op', 'http.request.method': 'GET' }, 'custom.op'],
  [server, { 'http.request.method': 'GET' }, 'http.server.request'],
  [client, { 'http.request.method': 'GET' }, 'http.client.request'],
  [client, { 'http.method': 'GET' }, 'http.client.request'],
  [internal, { 'http.request.method': 'GET' }, 'internal'],
  [client, { 'db.system': 'PostgreSQL' }, 'postgresql.query'],
  [server, { 'db.system': 'postgresql' }, 'server.request'],
  [producer, { 'messaging.system': 'kafka', 'messaging.operation': 'Publish' }, 'kafka.publish'],
  [consumer, { 'messaging.system': 'kafka', 'messaging.operation': 'receive' }, 'kafka.receive'],
  [client, { 'messaging.system': 'kafka', 'messaging.operation': 'receive' }, 'kafka.receive'],
  [internal, { 'messaging.system': 'kafka', 'messaging.operation': 'receive' }, 'internal'],
  [consumer, { 'messaging.system': 'kafka' }, 'consumer'],
  [client, { 'rpc.system': 'aws-api', 'rpc.service': 'S3' }, 'aws.s3.request'],
  [client, { 'rpc.system': 'aws-api' }, 'aws.client.request'],
  [server, { 'rpc.system': 'aws-api' }, 'aws_api.server.request'],
  [client, { 'rpc.system': 'grpc' }, 'grpc.client.request'],
  [server, { 'rpc.system': 'grpc' }, 'grpc.server.request'],
  [client, { 'faas.invoked_provider': 'aws', 'faas.invoked_name': 'resize' }, 'aws.resize.invoke'],
  [server, { 'faas.trigger': 'Timer' }, 'timer.invoke'],
  [internal, { 'graphql.operation.type': 'query' }, 'graphql.server.request'],
  [server, { 'network.protocol.name': 'AMQP' }, 'amqp.server.request'],
  [client, { 'network.protocol.name': 'amqp' }, 'amqp.client.request'],
  [server, {}, 'server.request'],
  [client, {}, 'client.request'],
  [internal, {}, 'internal'],
  [consumer, {}, 'consumer'],
  [producer, {}, 'producer'],
  [9 as typeof internal, {}, 'internal'],
  [internal, { 'operation.name': '  ' }, 'unnamed_operation'],
  [internal, { 'operation.name': 7 }, 'unnamed_operation'],
  [internal, { 'operation.name': `9a.${'b'.repeat(200)}` }, `a.${'b'.repeat(97)}`],
])('kind %i with %j is %s', (kind, attributes, name) => {
  expect(operationName(kind, attributes)).toBe(name);
});
