/** The IoT rule of names.ts (IOT_RULE_SQL), done here: from a message to the event that the function gets. Pure. */

export interface RuleEvent {
  /** The message's bytes in base64. */
  readonly body: string;
  /** The topic's second part. */
  readonly endpoint: string;
}

/** Undefined for a topic that is not the rule's, `mbed/+/notifications`. */
export function ruleEvent(topic: string, payload: Uint8Array): RuleEvent | undefined {
  const [first, endpoint, last, ...more] = topic.split('/');
  if (first !== 'mbed' || endpoint === undefined || last !== 'notifications' || more.length > 0) return undefined;
  return { body: Buffer.from(payload).toString('base64'), endpoint };
}
