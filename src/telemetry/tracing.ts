import { diag, DiagLogLevel, type Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import packageJson from '../../package.json' with { type: 'json' };

/** Traces that are recorded and exported. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Exports what is left. It never rejects, and gives up after a while. */
  stop(): Promise<void>;
}

/** How long the last export may take, in milliseconds. */
const STOP_TIMEOUT = 3_000;

/**
 * Starts to record traces, and to export them by OTLP over HTTP. Endpoint, headers, time limits, sampler and the resource
 * are what OpenTelemetry's variables say, which the SDK reads. It is loaded here and not before: a process that records no
 * traces never has it in memory.
 */
export async function startTracing(logger: Logger): Promise<Tracing> {
  const [{ OTLPTraceExporter }, sdk, resources] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/resources'),
  ]);
  const warn = (message: string) =>
    logger.warn({ reason: reasonIn(message) }, 'the export of traces has failed or lost something');
  // The only two levels that the SDK uses for what is wrong.
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({
          'service.name': packageJson.name,
          'service.version': packageJson.version,
        }),
      )
      // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  // Carries the active span through asynchronous calls, and reads `traceparent` where it is asked to.
  provider.register();
  return {
    tracer: provider.getTracer(packageJson.name, packageJson.version),
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          warn('shutdown timed out');
          resolve();
        }, STOP_TIMEOUT);
      });
      const stopped = provider.shutdown().catch((error: unknown) => warn(String(error)));
      await Promise.race([stopped, timeout]);
      clearTimeout(timer);
    },
  };
}

function ignore(): void {
  // Not of interest.
}

/** A code out of what the SDK says. The rest can hold what a collector answered, or the address with its credentials. */
function reasonIn(message: string): string | undefined {
  return /"code":"?([\w-]+)/.exec(message)?.[1];
}
