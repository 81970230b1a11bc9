/**
 * A process that loads a UDP port: with datagrams that come back, or as boards that notify. Prints one JSON line.
 *
 *   load.main.ts echo PORT SECONDS           datagrams of a notification's size, 500 under way
 *   load.main.ts notify PORT SECONDS WEBHOOK  500 boards, one confirmable notification of each under way; and the webhook that
 *                                             the connector delivers to, on the port WEBHOOK
 */
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:http';
import { METHODS } from '../../../cloud/protocol/coap/codes.ts';
import { decodeMessage, encodeMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionValue, pathOptions, textOption, uintOption } from '../../../cloud/protocol/coap/options.ts';

const MANY = 500;
const NOTHING = new Uint8Array(0);
const [mode = '', portText = '', secondsText = '', webhookText = ''] = process.argv.slice(2);
const [port, seconds] = [Number(portText), Number(secondsText)];

if (mode === 'echo') await echo();
else await notify(Number(webhookText));
process.exit();

function opened(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1', () => resolve(socket));
  });
}

async function echo(): Promise<void> {
  const bytes = notificationOf(1, 1, Uint8Array.of(1, 2, 3, 4, 5, 6));
  let back = 0;
  const sockets = await Promise.all(Array.from({ length: MANY }, opened));
  const began = performance.now();
  for (const socket of sockets) {
    socket.on('message', () => {
      back += 1;
      socket.send(bytes);
    });
    socket.send(bytes);
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  tell({ many: back, seconds: (performance.now() - began) / 1_000 });
}

/** Rate of what was delivered: from the first notification until the last that was acknowledged has arrived. */
async function notify(webhookPort: number): Promise<void> {
  let delivered = 0;
  let onDelivered = (): void => undefined;
  const webhook = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      response.end();
      const { notifications = [] } = JSON.parse(Buffer.concat(parts).toString() || '{}') as {
        notifications?: unknown[];
      };
      delivered += notifications.length;
      onDelivered();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(webhookPort, '127.0.0.1', resolve));
  process.stdout.write('ready\n');
  const boards = await Promise.all(Array.from({ length: MANY }, (_, index) => observed(index)));
  // What was told at the registrations is not of interest.
  await until(() => delivered >= MANY);
  const first = delivered;
  const began = performance.now();
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, seconds * 1_000);
  const acknowledged = await Promise.all(boards.map((board) => pump(board, () => isOver)));
  const many = acknowledged.reduce((sum, one) => sum + one, 0);
  await until(() => delivered - first >= many);
  tell({ many, seconds: (performance.now() - began) / 1_000, delivered: delivered - first });

  function until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      onDelivered = () => {
        if (done()) resolve();
      };
      onDelivered();
    });
  }
}

interface Observed {
  readonly socket: Socket;
  readonly token: Uint8Array;
}

/** Registered, and observed: resolves with the token. */
async function observed(index: number): Promise<Observed> {
  const socket = await opened();
  const registration = encodeMessage({
    ...{ type: 'CON', code: METHODS.POST, messageId: 1_000, token: NOTHING },
    options: [...pathOptions(OPTIONS.UriPath, '/rd'), textOption(OPTIONS.UriQuery, `ep=load-${index}`)],
    payload: new TextEncoder().encode('</3200/0/5501>;obs'),
  });
  return await new Promise((resolve) => {
    socket.on('message', (bytes) => {
      const { type, code, messageId, token, options } = decodeMessage(bytes);
      if (code !== METHODS.GET) return;
      const isObserving = optionValue(options, OPTIONS.Observe) !== undefined;
      const own = isObserving ? [uintOption(OPTIONS.Observe, 0)] : [];
      socket.send(
        encodeMessage({
          type: type === 'CON' ? 'ACK' : 'NON',
          code: 0x45,
          messageId,
          token,
          options: own,
          payload: Uint8Array.of(0x30),
        }),
      );
      if (isObserving) resolve({ socket, token: Uint8Array.from(token) });
    });
    socket.send(registration);
  });
}

/** One after another, each once the one before is acknowledged; resolves to how many were. */
function pump({ socket, token }: Observed, isOver: () => boolean): Promise<number> {
  return new Promise((resolve) => {
    let sent = 0;
    const next = (): void => {
      sent += 1;
      socket.send(notificationOf(sent, 1_000 + sent, token));
    };
    socket.on('message', (bytes) => {
      if (bytes[0]! >> 4 !== 0b0110 || ((bytes[2]! << 8) | bytes[3]!) !== (1_000 + sent) % 0x1_0000) return;
      if (isOver()) resolve(sent);
      else next();
    });
    next();
  });
}

function notificationOf(value: number, messageId: number, token: Uint8Array): Uint8Array {
  return encodeMessage({
    ...{ type: 'CON', code: 0x45, messageId: messageId % 0x1_0000, token },
    options: [uintOption(OPTIONS.Observe, value % 0x1_0000), uintOption(12, 0), uintOption(14, 0)],
    payload: new TextEncoder().encode(String(value % 0x1_0000)),
  });
}

function tell(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
