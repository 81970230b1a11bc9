/**
 * What the serial port says, line ends included: printf and trace_printer of mbed-os-example-client's main.cpp and
 * simpleclient.h. What mbed-trace and easy-connect add to it is not here.
 */
import type { Out } from './events.ts';
import type { Client } from './state.ts';

/** Names of M2MInterface::Error that the example prints. */
export type PrintedError =
  | 'InvalidParameters'
  | 'NetworkError'
  | 'ResponseParseFailed'
  | 'SecureConnectionFailed'
  | 'DnsResolvingFailed';

export function print(client: Client, text: string, out: Out): void {
  if (client.options.serialServer !== undefined) out.push({ do: 'serial', text });
}

/** trace_printer(). */
export function printTrace(client: Client, text: string, out: Out): void {
  print(client, `\r\n${text}\r\n`, out);
}

export function printError(client: Client, error: PrintedError, out: Out): void {
  printTrace(client, `[ERROR:] M2MInterface::${error}`, out);
}

/** main() and create_interface(). */
export function printStart(client: Client, out: Out): void {
  const { transport, serialServer } = client.options;
  print(client, '\nStarting mbed Client example\n', out);
  print(client, `\r\nSOCKET_MODE : ${transport === 'udp' ? 'UDP' : 'TCP'}\r\n`, out);
  print(client, `Connecting to ${serialServer}\r\n`, out);
}

/** value_updated(): `path` without its first slash, `rt` the resource's type. */
export function printWritten(client: Client, path: string, rt: string, out: Out): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  print(client, '\r\nPUT Request Received!', out);
  const what = `\r\nName :'${name}', \r\nPath : '${path}', \r\nType : '1' (0 for Object, 1 for Resource), \r\nType : '${rt}'\r\n`;
  print(client, what, out);
}
