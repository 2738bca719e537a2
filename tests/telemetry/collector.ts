import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../support/listen.ts';

/** A span as it was exported. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 2 for a server's, 3 for a client's. */
  readonly kind: number;
  /** 2 for an error, 0 when nothing was said. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** The attributes of the process that exported it. */
  readonly resource: Readonly<Record<string, string | number>>;
}

/** A collector of traces that speaks OTLP over HTTP, in protobuf. */
export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Every span that has come so far. */
  spans(): ExportedSpan[];
  /** All bytes that have come so far, as text. */
  received(): string;
  close(): Promise<void>;
}

/** Starts a collector on a free port. The caller closes it. */
export async function startCollector(): Promise<Collector> {
  const requests: Buffer[] = [];
  const server = createServer((req, res) => {
    void buffer(req).then((body) => {
      const isOurs =
        req.url === '/v1/traces' && req.headers['content-type'] === 'application/x-protobuf';
      if (isOurs) requests.push(body);
      res.writeHead(isOurs ? 200 : 404, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  const { origin, close } = await listen(server);
  return {
    url: origin,
    spans: () => requests.flatMap(decodeRequest),
    received: () => Buffer.concat(requests).toString('latin1'),
    close,
  };
}

/** The fields of a message by number: bytes, or for the fixed and variable numbers a BigInt. */
type Fields = Map<number, (Buffer | bigint)[]>;

/** Reads the wire format (https://protobuf.dev/programming-guides/encoding/). */
function decode(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => message.subarray(at, (at += length));
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const value =
      wireType === 0 ? varint() : bytes(wireType === 1 ? 8 : wireType === 5 ? 4 : Number(varint()));
    const number = tag >> 3;
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

// The numbers are those of opentelemetry/proto/trace/v1/trace.proto and its imports.

function decodeRequest(body: Buffer): ExportedSpan[] {
  return messages(decode(body), 1).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, 1).flatMap((fields) => attributesIn(fields, 1));
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({
        traceId: bytesOf(span, 1).toString('hex'),
        spanId: bytesOf(span, 2).toString('hex'),
        parentSpanId: bytesOf(span, 4).toString('hex'),
        name: bytesOf(span, 5).toString(),
        kind: Number(span.get(6)?.[0] ?? 0),
        status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
        attributes: Object.fromEntries(attributesIn(span, 9)),
        resource: Object.fromEntries(resource),
      }));
  });
}

function attributesIn(fields: Fields, number: number): [string, string | number][] {
  return messages(fields, number).map((pair) => {
    const value = messages(pair, 2)[0];
    const text = value?.get(1)?.[0];
    return [
      bytesOf(pair, 1).toString(),
      Buffer.isBuffer(text) ? text.toString() : Number(value?.get(3)?.[0]),
    ];
  });
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).flatMap((value) =>
    Buffer.isBuffer(value) ? decode(value) : [],
  );
}

function bytesOf(fields: Fields, number: number): Buffer {
  const value = fields.get(number)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
