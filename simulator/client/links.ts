/** What the board offers, as its registration and its `/.well-known/core` list it: link format (RFC 6690), 158 bytes. */
import { encodeLinks, type Link } from '../../cloud/protocol/lwm2m/link-format.ts';
import { BOARD_RESOURCES, type BoardResource } from '../board/resources.ts';
import { bytesOfText } from './text.ts';

export const LINKS: Uint8Array = bytesOfText(encodeLinks(BOARD_RESOURCES.map(linkOf)));

function linkOf({ path, rt, ct, obs }: BoardResource): Link {
  const attributes = [
    ...(rt === undefined ? [] : [{ name: 'rt', value: rt }]),
    ...(ct === undefined ? [] : [{ name: 'ct', value: ct }]),
    ...(obs ? [{ name: 'obs', value: '' }] : []),
  ];
  return { target: path, attributes };
}
