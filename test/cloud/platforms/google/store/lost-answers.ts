/** Answers of Firestore that are lost on demand: what was asked was done, and nobody is told. */
import { oneTry } from '../../../../../cloud/platforms/google/store/one-try.ts';

interface Listener {
  onReceiveMetadata(metadata: unknown): void;
  onReceiveMessage(message: unknown): void;
  onReceiveStatus(status: { readonly code: number }): void;
}
interface Call {
  start(metadata: unknown, listener: Listener): void;
}
interface Options {
  readonly method_definition: { readonly path: string };
}
type Properties = Parameters<ReturnType<typeof oneTry>>[0];

/** Of one method. */
export function losing(method: string) {
  const send = oneTry(10_000);
  let toLose = 0;
  const lose = (options: Options, next: (options: Options) => Call): Call => {
    const call = next(options);
    if (!options.method_definition.path.endsWith(`/${method}`)) return call;
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      start(metadata, {
        onReceiveMetadata: (headers) => listener.onReceiveMetadata(headers),
        onReceiveMessage: (message) => listener.onReceiveMessage(message),
        onReceiveStatus(status) {
          const isLost = toLose > 0 && status.code === 0;
          if (isLost) {
            toLose -= 1;
            answers.lost += 1;
          }
          listener.onReceiveStatus(isLost ? { ...status, code: 14 } : status);
        },
      });
    };
    return call;
  };
  const answers = {
    lost: 0,
    loseOne(): void {
      toLose += 1;
    },
    transformer(properties: Properties): Properties {
      const sent = send(properties);
      const interceptors = [...(sent.callOptions.interceptors ?? []), lose as never];
      return { ...sent, callOptions: { ...sent.callOptions, interceptors } };
    },
  };
  return answers;
}
