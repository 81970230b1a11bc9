/** Bytes that one thing set aside may have: above any body, of which a sender's whole queue is 50 MB. */
export const BODY_LIMIT = 64 * 1024 ** 2;
