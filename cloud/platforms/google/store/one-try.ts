/**
 * Has Firestore's library send a request once: when to send it again is for us to say (requests.ts).
 *
 * By itself the library tries for up to ten minutes, and cannot be told to leave off: what was given up goes on behind the next request,
 * keeps the process alive, and fails where nobody catches it once the client is ended. It tries again by the code of the status, and,
 * of a stream, where the status came before any header. So here a status of which it would try again is one of which it does not,
 * with the true one beside it.
 *
 *   14 UNAVAILABLE ─► headers, if there were none; 2 UNKNOWN, `answered: 14`
 *
 * Put in by an option of gRPC that Google's libraries hand on to it: https://github.com/grpc/grpc-node, `callInvocationTransformer`.
 */

interface Status {
  readonly code: number;
  readonly metadata: unknown;
}

interface Listener {
  onReceiveMetadata(metadata: unknown): void;
  onReceiveMessage(message: unknown): void;
  onReceiveStatus(status: Status): void;
}

interface Call {
  start(metadata: unknown, listener: Listener): void;
}

interface CallOptions {
  readonly interceptors?: readonly Interceptor[];
}

interface CallProperties {
  readonly callOptions: CallOptions;
}

type Interceptor = (options: CallOptions, next: (options: CallOptions) => Call) => Call;

/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE: all that `v1/firestore_client_config.json` retries. */
const TRIED_AGAIN = new Set([4, 8, 10, 13, 14]);
const UNKNOWN = 2;

/** For `grpc.callInvocationTransformer`. `patienceMs`: how long a request may take. */
export function oneTry(patienceMs: number): (properties: CallProperties) => CallProperties {
  return (properties) => ({
    ...properties,
    callOptions: { ...properties.callOptions, deadline: Date.now() + patienceMs, interceptors: [final] },
  });
}

const final: Interceptor = (options, next) => {
  const call = next(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    let hasHeaders = false;
    start(metadata, {
      onReceiveMetadata(headers) {
        hasHeaders = true;
        listener.onReceiveMetadata(headers);
      },
      onReceiveMessage: (message) => listener.onReceiveMessage(message),
      onReceiveStatus(status) {
        if (!TRIED_AGAIN.has(status.code)) return listener.onReceiveStatus(status);
        if (!hasHeaders) listener.onReceiveMetadata(status.metadata);
        return listener.onReceiveStatus(withoutRetry(status));
      },
    });
  };
  return call;
};

/** gRPC makes the error of the status, with all of its fields. */
function withoutRetry(status: Status): Status & { readonly answered: number } {
  return { ...status, code: UNKNOWN, answered: status.code };
}
