import type { MethodDefinition } from '@grpc/grpc-js';
import {
  AccessReport,
  AccessState,
  HealthReport,
  HealthReportAck,
  RenewRequest,
  RenewResponse,
  Trust,
  WatchTrustRequest,
} from '../gen/sallyport/agent/v1/gateway.ts';

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const passThrough = (bytes: Buffer): Uint8Array => bytes;

/** Messages of `Connect` pass as they are: `sealBatch` and `openBatch` do what a protobuf library would, without copies. */
const connect: MethodDefinition<Uint8Array, Uint8Array> = {
  path: '/sallyport.agent.v1.AgentGateway/Connect',
  requestStream: true,
  responseStream: true,
  requestSerialize: asBuffer,
  requestDeserialize: passThrough,
  responseSerialize: asBuffer,
  responseDeserialize: passThrough,
};

const renewCertificate: MethodDefinition<RenewRequest, RenewResponse> = {
  path: '/sallyport.agent.v1.AgentGateway/RenewCertificate',
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => asBuffer(RenewRequest.encode(message).finish()),
  requestDeserialize: (bytes) => RenewRequest.decode(bytes),
  responseSerialize: (message) => asBuffer(RenewResponse.encode(message).finish()),
  responseDeserialize: (bytes) => RenewResponse.decode(bytes),
};

const watchTrust: MethodDefinition<WatchTrustRequest, Trust> = {
  path: '/sallyport.agent.v1.AgentGateway/WatchTrust',
  requestStream: false,
  responseStream: true,
  requestSerialize: (message) => asBuffer(WatchTrustRequest.encode(message).finish()),
  requestDeserialize: (bytes) => WatchTrustRequest.decode(bytes),
  responseSerialize: (message) => asBuffer(Trust.encode(message).finish()),
  responseDeserialize: (bytes) => Trust.decode(bytes),
};

const reportHealth: MethodDefinition<HealthReport, HealthReportAck> = {
  path: '/sallyport.agent.v1.AgentGateway/ReportHealth',
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => asBuffer(HealthReport.encode(message).finish()),
  requestDeserialize: (bytes) => HealthReport.decode(bytes),
  responseSerialize: (message) => asBuffer(HealthReportAck.encode(message).finish()),
  responseDeserialize: (bytes) => HealthReportAck.decode(bytes),
};

const watchAccess: MethodDefinition<AccessReport, AccessState> = {
  path: '/sallyport.agent.v1.AgentGateway/WatchAccess',
  requestStream: true,
  responseStream: true,
  requestSerialize: (message) => asBuffer(AccessReport.encode(message).finish()),
  requestDeserialize: (bytes) => AccessReport.decode(bytes),
  responseSerialize: (message) => asBuffer(AccessState.encode(message).finish()),
  responseDeserialize: (bytes) => AccessState.decode(bytes),
};

/** `service AgentGateway` of `proto/sallyport/agent/v1/gateway.proto`. */
export const agentGatewayService = { connect, renewCertificate, watchTrust, reportHealth, watchAccess } as const;

/** Largest gRPC message accepted, in bytes: above any batch (256 KiB) and any single frame (512 KiB). */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * HTTP/2 receive windows on both sides, per connection and per stream, in bytes. They must never be the limit: flow
 * control is the tunnel's. PROTOCOL.md, section 10.3.
 */
export const HTTP2_WINDOW_BYTES = 32 * 1024 * 1024;
