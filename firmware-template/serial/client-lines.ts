/** What the example's own program prints. Source: mbed-os-example-client, main.cpp and simpleclient.h. */
import { clientError } from './client-errors.ts';
import { good, info, type KnownLine, trouble } from './meaning.ts';

export const clientLines: readonly KnownLine[] = [
  {
    words: /Registered object successfully!/,
    means: good('registered', 'the board has registered: from now on presses of its button count'),
  },
  {
    words: /Unregistered Object Successfully/,
    means: info('unregistered', 'the board has taken its registration back'),
  },
  {
    words: /handle_button_click, new value of counter is (\d{1,5})/,
    means: ([, count]) => good('press', `a press: the counter of the board is ${count} now`),
  },
  {
    words: /button_click, device not registered/,
    means: trouble(
      'press-ignored',
      'a press before the board had registered, which it ignores',
      'Wait for "Registered object successfully!", and press again.',
    ),
  },
  {
    words: /simulate button_click, new value of counter/,
    means: trouble(
      'no-button',
      'this firmware was built without the button, and counts a timer in its place',
      'Build it again with the mbed_app.json that was generated: its "button1" is what connects SW2.',
    ),
  },
  { words: /Starting mbed Client example/, means: info('started', 'the board has started: its counter is 0 again') },
  { words: /Connecting to (coaps?:\/\/\S{1,200})/, means: ([, server = '']) => connecting(server) },
  {
    words: /\[ERROR:\] M2MInterface::([A-Za-z]{1,40})/,
    means: ([, name = '']) => clientError(name),
  },
  { words: /Error details ?: (.{1,200})/, means: ([, text = '']) => info('error-details', `its client says: ${text}`) },
  {
    words: /Error when receiving block message!/,
    means: trouble('too-large', 'a value that was written to the board was too large for it', 'Write shorter values.'),
  },
];

const OLD_SERVICE = 'api.connector.mbed.com';

function connecting(server: string) {
  if (!server.includes(OLD_SERVICE)) return info('connecting', `it connects to ${server}`);
  return trouble(
    'old-service',
    `it connects to ${OLD_SERVICE}, which closed in 2018: this firmware was built without the security.h that was generated`,
    'Copy the generated security.h into the example, build it again, and see with `mts firmware inspect` which server it holds.',
  );
}
